// Functions over arrays; from, concat, map and filter have moved to the package array.
package array


import "array"

// from makes a table of an array of records.
from = array.from

// concat gives the elements of both arrays.
concat = array.concat

// map gives an array of what `fn` makes of each element.
map = array.map

// filter gives an array of the elements for which `fn` is true.
filter = array.filter

// toBool turns every element into a bool.
toBool = (arr=<-) => array.map(arr: arr, fn: (x) => bool(v: x))

// toDuration turns every element into a duration.
toDuration = (arr=<-) => array.map(arr: arr, fn: (x) => duration(v: x))

// toFloat turns every element into a float.
toFloat = (arr=<-) => array.map(arr: arr, fn: (x) => float(v: x))

// toInt turns every element into an int.
toInt = (arr=<-) => array.map(arr: arr, fn: (x) => int(v: x))

// toString turns every element into a string.
toString = (arr=<-) => array.map(arr: arr, fn: (x) => string(v: x))

// toTime turns every element into a time.
toTime = (arr=<-) => array.map(arr: arr, fn: (x) => time(v: x))

// toUInt turns every element into an unsigned integer.
toUInt = (arr=<-) => array.map(arr: arr, fn: (x) => uint(v: x))
