// Functions that read, truncate and move times by the calendar. A time may be given as a duration, which means relative to
// now. The functions with a `location` work on the clock of that place; without it, on that of the option `location`.
package date


// January is the number of the month, 1.
builtin January : int

// February is the number of the month, 2.
builtin February : int

// March is the number of the month, 3.
builtin March : int

// April is the number of the month, 4.
builtin April : int

// May is the number of the month, 5.
builtin May : int

// June is the number of the month, 6.
builtin June : int

// July is the number of the month, 7.
builtin July : int

// August is the number of the month, 8.
builtin August : int

// September is the number of the month, 9.
builtin September : int

// October is the number of the month, 10.
builtin October : int

// November is the number of the month, 11.
builtin November : int

// December is the number of the month, 12.
builtin December : int

// Sunday is the number of the day in the week, 0.
builtin Sunday : int

// Monday is the number of the day in the week, 1.
builtin Monday : int

// Tuesday is the number of the day in the week, 2.
builtin Tuesday : int

// Wednesday is the number of the day in the week, 3.
builtin Wednesday : int

// Thursday is the number of the day in the week, 4.
builtin Thursday : int

// Friday is the number of the day in the week, 5.
builtin Friday : int

// Saturday is the number of the day in the week, 6.
builtin Saturday : int

// second gives the second of the minute, 0 to 59.
builtin second : (t: A) => int where A: Timeable

// millisecond gives the milliseconds within the second.
builtin millisecond : (t: A) => int where A: Timeable

// microsecond gives the microseconds within the second.
builtin microsecond : (t: A) => int where A: Timeable

// nanosecond gives the nanoseconds within the second.
builtin nanosecond : (t: A) => int where A: Timeable

// scale gives a duration taken `n` times.
builtin scale : (d: duration, n: int) => duration

// _year is `year` with a location that must be given.
builtin _year : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// year gives the year.
year = (t, location=location) => _year(t, location)

// _quarter is `quarter` with a location that must be given.
builtin _quarter : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// quarter gives the quarter of the year, 1 to 4.
quarter = (t, location=location) => _quarter(t, location)

// _month is `month` with a location that must be given.
builtin _month : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// month gives the month, 1 to 12.
month = (t, location=location) => _month(t, location)

// _monthDay is `monthDay` with a location that must be given.
builtin _monthDay : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// monthDay gives the day of the month, 1 to 31.
monthDay = (t, location=location) => _monthDay(t, location)

// _week is `week` with a location that must be given.
builtin _week : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// week gives the ISO week of the year, 1 to 53.
week = (t, location=location) => _week(t, location)

// _weekDay is `weekDay` with a location that must be given.
builtin _weekDay : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// weekDay gives the day of the week, 0 for Sunday to 6.
weekDay = (t, location=location) => _weekDay(t, location)

// _yearDay is `yearDay` with a location that must be given.
builtin _yearDay : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// yearDay gives the day of the year, 1 to 366.
yearDay = (t, location=location) => _yearDay(t, location)

// _hour is `hour` with a location that must be given.
builtin _hour : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// hour gives the hour of the day, 0 to 23.
hour = (t, location=location) => _hour(t, location)

// _minute is `minute` with a location that must be given.
builtin _minute : (location: {zone: string, offset: duration}, t: A) => int where A: Timeable

// minute gives the minute of the hour, 0 to 59.
minute = (t, location=location) => _minute(t, location)

// _time is `time` with a location that must be given.
builtin _time : (location: {zone: string, offset: duration}, t: A) => time where A: Timeable

// time gives the time itself; a duration becomes the time that lies so far from now.
time = (t, location=location) => _time(t, location)

// _truncate is `truncate` with a location that must be given.
builtin _truncate : (location: {zone: string, offset: duration}, t: A, unit: duration) => time where A: Timeable

// truncate gives the start of the interval of length `unit` that holds the time. Weeks begin on Thursday, as 1970 did.
truncate = (t, unit, location=location) => _truncate(t, unit, location)

// _add is `add` with a location that must be given.
builtin _add : (d: duration, location: {zone: string, offset: duration}, to: A) => time where A: Timeable

// add moves a time forward by a duration; a month that lacks the day gives its last day.
add = (d, to, location=location) => _add(d, to, location)

// _sub is `sub` with a location that must be given.
builtin _sub : (d: duration, from: A, location: {zone: string, offset: duration}) => time where A: Timeable

// sub moves a time back by a duration; a month that lacks the day gives its last day.
sub = (d, from, location=location) => _sub(d, from, location)
