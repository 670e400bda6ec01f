// MQTT, which InfluxDB OSS and this implementation cannot speak.
package mqtt


// to gives the stream as it is: nothing is sent.
builtin to : (<-tables: stream[A], broker: string, ?clientid: string, ?name: string, ?password: string, ?qos: int, ?retain: bool, ?tagColumns: [string], ?timeColumn: string, ?timeout: duration, ?topic: string, ?username: string, ?valueColumns: [string]) => stream[B] where A: Record, B: Record

// publish is an error: there is no client for MQTT.
builtin publish : (broker: string, message: string, topic: string, ?clientid: string, ?password: string, ?qos: int, ?retain: bool, ?timeout: duration, ?username: string) => bool
