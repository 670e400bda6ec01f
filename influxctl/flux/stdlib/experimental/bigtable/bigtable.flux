// Google Cloud Bigtable, which neither InfluxDB OSS nor this implementation can reach.
package bigtable


// from is an error: there is no client for Bigtable.
builtin from : (instance: string, project: string, table: string, token: string) => stream[A] where A: Record
