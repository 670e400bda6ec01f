// Profiles of queries, as results beside those of the query.
package profiler


// enabledProfilers names the profilers to run: "query" and "operator".
option enabledProfilers = [""]
