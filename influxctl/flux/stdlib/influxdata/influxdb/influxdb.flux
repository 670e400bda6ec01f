// Reading and writing buckets.
package influxdb

// A table of the buckets of the organization.
builtin buckets : (?host: string, ?org: string, ?orgID: string, ?token: string) => stream[{retentionPolicy: string, retentionPeriod: int, organizationID: string, name: string, id: string}]

// How many series a bucket holds in a range.
builtin cardinality : (start: A, ?bucket: string, ?bucketID: string, ?host: string, ?org: string, ?orgID: string, ?predicate: (r: {B with _value: C, _measurement: string, _field: string}) => bool, ?stop: D, ?token: string) => stream[{_value: int, _stop: time, _start: time}] where A: Timeable, D: Timeable

// All points of a bucket; a range must follow.
builtin from : (?bucket: string, ?bucketID: string, ?host: string, ?org: string, ?orgID: string, ?token: string) => stream[{A with _value: B, _time: time, _measurement: string, _field: string}]

// Writes rows to a bucket and passes them on.
builtin to : (<-tables: stream[A], ?bucket: string, ?bucketID: string, ?fieldFn: (r: A) => B, ?host: string, ?measurementColumn: string, ?org: string, ?orgID: string, ?tagColumns: [string], ?timeColumn: string, ?token: string) => stream[A] where A: Record, B: Record

// Writes rows with a column for each field to a bucket and passes them on.
builtin wideTo : (<-tables: stream[A], ?bucket: string, ?bucketID: string, ?host: string, ?org: string, ?orgID: string, ?token: string) => stream[A] where A: Record
