// Tables from and to SQL databases. SQLite works; other drivers are not here.
package sql


// from makes one table of the rows of a query.
builtin from : (dataSourceName: string, driverName: string, query: string) => stream[A]

// to writes rows into a table of a database, which is made if it is not there, and gives them on.
builtin to : (<-tables: stream[A], dataSourceName: string, driverName: string, table: string, ?batchSize: int) => stream[A]
