// Switches of the query planner. Which rules there are is no promise: here the lists are accepted and have no effect.
package planner


// disableLogicalRules names rules that shall not rewrite a query.
option disableLogicalRules = [""]

// disablePhysicalRules names rules that shall not choose how a query is run.
option disablePhysicalRules = [""]
