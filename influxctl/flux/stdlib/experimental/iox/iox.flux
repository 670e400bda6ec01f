// InfluxDB IOx, which is part of InfluxDB Cloud only.
package iox


// from is an error outside InfluxDB Cloud.
builtin from : (bucket: string, measurement: string) => stream[{A with _time: time}] where A: Record

// sql is an error outside InfluxDB Cloud.
builtin sql : (bucket: string, query: string) => stream[A] where A: Record

// sqlInterval writes a duration as SQL does: the amount and the name of each unit.
builtin sqlInterval : (d: A) => string
