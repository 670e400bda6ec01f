// Sets of example data that InfluxData keeps on the network.
package sample


import "array"
import "date"
import "dict"
import "experimental"
import "experimental/csv"

// _sets names the sets: what each holds, how big it is, and where it is.
_sets = [
    "airSensor": {
        desc: "Temperature, humidity and carbon monoxide of rooms, live or over some days.",
        size: "~600 KB",
        type: "live",
        url: "https://influx-testdata.s3.amazonaws.com/air-sensor-data-annotated.csv",
    },
    "birdMigration": {
        desc: "Tracks of migrating birds through the year 2019.",
        size: "~1.2 MB",
        type: "static",
        url: "https://influx-testdata.s3.amazonaws.com/bird-migration.csv",
    },
    "bitcoin": {
        desc: "Prices of bitcoin over the last month.",
        size: "~700 KB",
        type: "live",
        url: "https://influx-testdata.s3.amazonaws.com/bitcoin-historical-annotated.csv",
    },
    "machineProduction": {
        desc: "States and counts of a grinding machine.",
        size: "~11.9 MB",
        type: "static",
        url: "https://influx-testdata.s3.amazonaws.com/machine-production.csv",
    },
    "noaa": {
        desc: "Water levels and temperatures of two stations in the years 2019 and 2020.",
        size: "~10 MB",
        type: "static",
        url: "https://influx-testdata.s3.amazonaws.com/noaa.csv",
    },
    "noaaWater": {
        desc: "Water levels of two stations.",
        size: "~10 MB",
        type: "static",
        url: "https://influx-testdata.s3.amazonaws.com/noaa.csv",
    },
    "usgs": {
        desc: "Earthquakes of the last week.",
        size: "~6 MB",
        type: "live",
        url: "https://influx-testdata.s3.amazonaws.com/usgs-earthquake-all-week-annotated.csv",
    },
]

// _setInfo gives the record of a set with its name; unknown sets are an error when their data is read.
_setInfo = (set) =>
    {
        found = dict.get(dict: _sets, key: set, default: {url: "", desc: "", type: "", size: ""})

        return {
            name: set,
            description: found.desc,
            url: found.url,
            type: found.type,
            size: found.size,
        }
    }

// data gets the rows of a set.
data = (set) =>
    {
        found = _setInfo(set: set)

        return
            if found.url == "" then
                die(msg: "Invalid sample data set. Use sample.list to view available datasets.")
            else
                csv.from(url: found.url)
    }

// list gives the sets that there are.
list = () =>
    array.from(
        rows: [
            _setInfo(set: "airSensor"),
            _setInfo(set: "birdMigration"),
            _setInfo(set: "bitcoin"),
            _setInfo(set: "machineProduction"),
            _setInfo(set: "noaa"),
            _setInfo(set: "noaaWater"),
            _setInfo(set: "usgs"),
        ],
    )

// alignToNow moves the times of all rows so that the last one is now.
alignToNow = (tables=<-) =>
    {
        newest =
            tables
                |> keep(columns: ["_time"])
                |> group()
                |> max(column: "_time")
                |> findRecord(fn: (key) => true, idx: 0)
        shift = int(v: now()) - int(v: newest._time)

        return tables |> map(fn: (r) => ({r with _time: time(v: int(v: r._time) + shift)}))
    }
