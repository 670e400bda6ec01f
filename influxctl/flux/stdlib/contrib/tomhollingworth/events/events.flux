// Events: rows that hold until the next one.
package events


// duration adds how long each row held: until the next row, or until `stop`.
builtin duration : (<-tables: stream[A], ?columnName: string, ?stop: time, ?stopColumn: string, ?timeColumn: string, ?unit: duration) => stream[B] where A: Record, B: Record
