// What a task knows of its own runs.
package tasks


// _zeroTime is the time that stands for "never".
builtin _zeroTime : time

// lastSuccessTime is set by the server to the time at which the task last ran with success.
option lastSuccessTime = _zeroTime

// _lastSuccess gives the time of the last successful run, or `orTime` when there was none.
builtin _lastSuccess : (lastSuccessTime: time, orTime: A) => time where A: Timeable

// lastSuccess gives the time of the task's last successful run, or `orTime` when there was none or the script is not a task.
lastSuccess = (orTime) => _lastSuccess(orTime: orTime, lastSuccessTime: lastSuccessTime)
