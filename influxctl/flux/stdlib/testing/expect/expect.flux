// Expectations of how the planner treats a test.
package expect


// planner says how often rules should be used; which rules there are is no promise, so it is not checked here.
planner = (rules) => ({})
