// Kafka, which this implementation cannot reach.
package kafka


// to is an error when it starts: there is no client for Kafka.
builtin to : (<-tables: stream[A], brokers: [string], topic: string, ?balancer: string, ?name: string, ?nameColumn: string, ?tagColumns: [string], ?timeColumn: string, ?valueColumns: [string]) => stream[A] where A: Record
