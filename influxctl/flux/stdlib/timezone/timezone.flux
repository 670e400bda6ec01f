// Functions that make the value of the option `location`, which says where days and months begin.
package timezone


// utc is the location without daylight saving and without offset.
utc = {zone: "UTC", offset: 0h}

// fixed makes a location that is always this far from UTC.
fixed = (offset) => ({utc with offset: offset})

// location makes a location from the name of a zone in the IANA database, such as "Europe/Berlin".
builtin location : (name: string) => {zone: string, offset: duration}
