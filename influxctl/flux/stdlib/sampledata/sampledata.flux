// Small sets of data to try things on: two tables, told apart by the column `tag`, with a row every ten seconds.
package sampledata


import "csv"
import "universe"

// start is the time at which the data begins.
start = 2021-01-01T00:00:00Z

// stop is the time before which the data ends.
stop = 2021-01-01T00:01:00Z

// _numeric gives the numbers as annotated CSV.
_numeric = (includeNull=false) =>
    if includeNull then
        "#datatype,string,long,dateTime:RFC3339,string,double
#group,false,false,false,true,false
#default,_result,,,,
,result,table,_time,tag,_value
,,0,2021-01-01T00:00:00Z,t1,-2.18
,,0,2021-01-01T00:00:10Z,t1,
,,0,2021-01-01T00:00:20Z,t1,7.35
,,0,2021-01-01T00:00:30Z,t1,
,,0,2021-01-01T00:00:40Z,t1,
,,0,2021-01-01T00:00:50Z,t1,4.43
,,1,2021-01-01T00:00:00Z,t2,
,,1,2021-01-01T00:00:10Z,t2,4.97
,,1,2021-01-01T00:00:20Z,t2,-3.75
,,1,2021-01-01T00:00:30Z,t2,19.77
,,1,2021-01-01T00:00:40Z,t2,
,,1,2021-01-01T00:00:50Z,t2,1.86
"
    else
        "#datatype,string,long,dateTime:RFC3339,string,double
#group,false,false,false,true,false
#default,_result,,,,
,result,table,_time,tag,_value
,,0,2021-01-01T00:00:00Z,t1,-2.18
,,0,2021-01-01T00:00:10Z,t1,10.92
,,0,2021-01-01T00:00:20Z,t1,7.35
,,0,2021-01-01T00:00:30Z,t1,17.53
,,0,2021-01-01T00:00:40Z,t1,15.23
,,0,2021-01-01T00:00:50Z,t1,4.43
,,1,2021-01-01T00:00:00Z,t2,19.85
,,1,2021-01-01T00:00:10Z,t2,4.97
,,1,2021-01-01T00:00:20Z,t2,-3.75
,,1,2021-01-01T00:00:30Z,t2,19.77
,,1,2021-01-01T00:00:40Z,t2,13.86
,,1,2021-01-01T00:00:50Z,t2,1.86
"

// _string gives the strings as annotated CSV.
_string = (includeNull=false) =>
    if includeNull then
        "#datatype,string,long,dateTime:RFC3339,string,string
#group,false,false,false,true,false
#default,_result,,,,
,result,table,_time,tag,_value
,,0,2021-01-01T00:00:00Z,t1,smpl_g9qczs
,,0,2021-01-01T00:00:10Z,t1,
,,0,2021-01-01T00:00:20Z,t1,smpl_phw664
,,0,2021-01-01T00:00:30Z,t1,
,,0,2021-01-01T00:00:40Z,t1,
,,0,2021-01-01T00:00:50Z,t1,smpl_s9fmgy
,,1,2021-01-01T00:00:00Z,t2,
,,1,2021-01-01T00:00:10Z,t2,smpl_eu4oxp
,,1,2021-01-01T00:00:20Z,t2,smpl_5g7tz4
,,1,2021-01-01T00:00:30Z,t2,smpl_sox1ut
,,1,2021-01-01T00:00:40Z,t2,
,,1,2021-01-01T00:00:50Z,t2,smpl_dtn2bv
"
    else
        "#datatype,string,long,dateTime:RFC3339,string,string
#group,false,false,false,true,false
#default,_result,,,,
,result,table,_time,tag,_value
,,0,2021-01-01T00:00:00Z,t1,smpl_g9qczs
,,0,2021-01-01T00:00:10Z,t1,smpl_0mgv9n
,,0,2021-01-01T00:00:20Z,t1,smpl_phw664
,,0,2021-01-01T00:00:30Z,t1,smpl_guvzy4
,,0,2021-01-01T00:00:40Z,t1,smpl_5v3cce
,,0,2021-01-01T00:00:50Z,t1,smpl_s9fmgy
,,1,2021-01-01T00:00:00Z,t2,smpl_b5eida
,,1,2021-01-01T00:00:10Z,t2,smpl_eu4oxp
,,1,2021-01-01T00:00:20Z,t2,smpl_5g7tz4
,,1,2021-01-01T00:00:30Z,t2,smpl_sox1ut
,,1,2021-01-01T00:00:40Z,t2,smpl_wfm757
,,1,2021-01-01T00:00:50Z,t2,smpl_dtn2bv
"

// _bool gives the truth values as annotated CSV.
_bool = (includeNull=false) =>
    if includeNull then
        "#datatype,string,long,dateTime:RFC3339,string,boolean
#group,false,false,false,true,false
#default,_result,,,,
,result,table,_time,tag,_value
,,0,2021-01-01T00:00:00Z,t1,true
,,0,2021-01-01T00:00:10Z,t1,
,,0,2021-01-01T00:00:20Z,t1,false
,,0,2021-01-01T00:00:30Z,t1,
,,0,2021-01-01T00:00:40Z,t1,
,,0,2021-01-01T00:00:50Z,t1,false
,,1,2021-01-01T00:00:00Z,t2,
,,1,2021-01-01T00:00:10Z,t2,true
,,1,2021-01-01T00:00:20Z,t2,false
,,1,2021-01-01T00:00:30Z,t2,true
,,1,2021-01-01T00:00:40Z,t2,
,,1,2021-01-01T00:00:50Z,t2,false
"
    else
        "#datatype,string,long,dateTime:RFC3339,string,boolean
#group,false,false,false,true,false
#default,_result,,,,
,result,table,_time,tag,_value
,,0,2021-01-01T00:00:00Z,t1,true
,,0,2021-01-01T00:00:10Z,t1,true
,,0,2021-01-01T00:00:20Z,t1,false
,,0,2021-01-01T00:00:30Z,t1,true
,,0,2021-01-01T00:00:40Z,t1,false
,,0,2021-01-01T00:00:50Z,t1,false
,,1,2021-01-01T00:00:00Z,t2,false
,,1,2021-01-01T00:00:10Z,t2,true
,,1,2021-01-01T00:00:20Z,t2,false
,,1,2021-01-01T00:00:30Z,t2,true
,,1,2021-01-01T00:00:40Z,t2,true
,,1,2021-01-01T00:00:50Z,t2,false
"

// float gives numbers as floats.
float = (includeNull=false) => csv.from(csv: _numeric(includeNull: includeNull))

// int gives the numbers cut to ints.
int = (includeNull=false) => float(includeNull: includeNull) |> map(fn: (r) => ({r with _value: universe.int(v: r._value)}))

// uint gives the numbers cut to unsigned integers; those below zero wrap.
uint = (includeNull=false) => int(includeNull: includeNull) |> map(fn: (r) => ({r with _value: universe.uint(v: r._value)}))

// string gives strings.
string = (includeNull=false) => csv.from(csv: _string(includeNull: includeNull))

// bool gives truth values.
bool = (includeNull=false) => csv.from(csv: _bool(includeNull: includeNull))

// numericBool gives truth values as 1 and 0.
numericBool = (includeNull=false) =>
    bool(includeNull: includeNull) |> map(fn: (r) => ({r with _value: universe.int(v: r._value)}))
