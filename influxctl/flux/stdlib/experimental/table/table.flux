// Functions over whole tables.
package table


// fill gives every empty table one row of its group key and nulls.
builtin fill : (<-tables: stream[A]) => stream[A] where A: Record
