// Tables from CSV.
package csv


// from makes tables of annotated CSV, or, in the mode "raw", one table of strings of CSV with a header row.
builtin from : (?csv: string, ?file: string, ?mode: string) => stream[A] where A: Record
