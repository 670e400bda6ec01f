// Geography: rows with the columns `lat` and `lon` in degrees and `s2_cell_id`, the token of the S2 cell that holds the point.
// A region is a box {minLat, maxLat, minLon, maxLon}, a circle {lat, lon, radius} or a polygon {points: [{lat, lon}, …]};
// a geometry is a point {lat, lon} or a line {linestring: "lon lat, lon lat, …"}.
package geo


import "experimental"
import "influxdata/influxdb/v1"

// units says in what distances are measured: "m", "km" or "mile".
option units = {distance: "km"}

// getGrid gives the cells that cover a region: those of a level, or of the first level that has at least `minSize` of them.
builtin getGrid : (region: A, units: {distance: string}, ?level: int, ?maxLevel: int, ?maxSize: int, ?minSize: int) => {set: [string], level: int} where A: Record

// getLevel gives the level of the cell that a token names.
builtin getLevel : (token: string) => int

// s2CellIDToken gives the token of the cell of a level that holds a point or another cell.
builtin s2CellIDToken : (level: int, ?point: {lon: float, lat: float}, ?token: string) => string

// s2CellLatLon gives the centre of a cell.
builtin s2CellLatLon : (token: string) => {lon: float, lat: float}

// stContains is `ST_Contains` with units that must be given.
builtin stContains : (geometry: A, region: B, units: {distance: string}) => bool where A: Record, B: Record

// stDistance is `ST_Distance` with units that must be given.
builtin stDistance : (geometry: A, region: B, units: {distance: string}) => float where A: Record, B: Record

// stLength is `ST_Length` with units that must be given.
builtin stLength : (geometry: A, units: {distance: string}) => float where A: Record

// ST_Contains tells whether a region contains a geometry.
ST_Contains = (region, geometry, units=units) => stContains(region: region, geometry: geometry, units: units)

// ST_Distance gives the distance between a region and a geometry.
ST_Distance = (region, geometry, units=units) => stDistance(region: region, geometry: geometry, units: units)

// ST_DWithin tells whether a geometry is no further from a region than `distance`.
ST_DWithin = (region, geometry, distance, units=units) =>
    stDistance(region: region, geometry: geometry, units: units) <= distance

// ST_Intersects tells whether a geometry touches a region.
ST_Intersects = (region, geometry, units=units) => stDistance(region: region, geometry: geometry, units: units) <= 0.0

// ST_Length gives the length of a geometry.
ST_Length = (geometry, units=units) => stLength(geometry: geometry, units: units)

// ST_LineString makes one line of the points of each table, in the column `st_linestring`.
ST_LineString = (tables=<-) =>
    tables
        |> reduce(
            identity: {st_linestring: ""},
            fn: (r, accumulator) =>
                ({
                    st_linestring:
                        if accumulator.st_linestring == "" then
                            "${string(v: r.lon)} ${string(v: r.lat)}"
                        else
                            "${accumulator.st_linestring}, ${string(v: r.lon)} ${string(v: r.lat)}",
                }),
        )

// _detectLevel gives the level of the cells that the tables are grouped by, or one beyond all levels if there is none.
_detectLevel = (tables=<-) =>
    {
        tokens =
            tables
                |> tableFind(fn: (key) => exists key.s2_cell_id)
                |> getColumn(column: "s2_cell_id")

        return if length(arr: tokens) > 0 then getLevel(token: tokens[0]) else 666
    }

// toRows makes a row of all fields of the same time.
toRows = (tables=<-) => tables |> v1.fieldsAsCols()

// shapeData names the fields of latitude and longitude `lat` and `lon`, makes rows, and adds the token of their cell to the
// group key as `s2_cell_id`.
shapeData = (latField, lonField, level, tables=<-) =>
    tables
        |> map(
            fn: (r) =>
                ({r with _field:
                        if r._field == latField then
                            "lat"
                        else if r._field == lonField then
                            "lon"
                        else
                            r._field,
                }),
        )
        |> toRows()
        |> map(fn: (r) => ({r with s2_cell_id: s2CellIDToken(point: {lat: r.lat, lon: r.lon}, level: level)}))
        |> experimental.group(columns: ["s2_cell_id"], mode: "extend")

// gridFilter keeps the rows in cells that cover a region: all that lie in it, and some that lie near.
gridFilter = (
        region,
        minSize=24,
        maxSize=-1,
        level=-1,
        s2cellIDLevel=-1,
        units=units,
        tables=<-,
    ) =>
    {
        own = if s2cellIDLevel == -1 then tables |> _detectLevel() else s2cellIDLevel
        grid = getGrid(
            region: region,
            minSize: minSize,
            maxSize: maxSize,
            level: level,
            maxLevel: own,
            units: units,
        )

        return
            tables
                |> filter(
                    fn: (r) =>
                        if grid.level == own then
                            contains(value: r.s2_cell_id, set: grid.set)
                        else
                            contains(value: s2CellIDToken(token: r.s2_cell_id, level: grid.level), set: grid.set),
                )
    }

// strictFilter keeps the rows whose point lies in a region.
strictFilter = (region, tables=<-) =>
    tables |> filter(fn: (r) => ST_Contains(region: region, geometry: {lat: r.lat, lon: r.lon}))

// filterRows keeps the rows in a region: first by cells, and then, if `strict`, by their points.
filterRows = (
        region,
        minSize=24,
        maxSize=-1,
        level=-1,
        s2cellIDLevel=-1,
        strict=true,
        tables=<-,
    ) =>
    {
        near =
            tables
                |> gridFilter(
                    region: region,
                    minSize: minSize,
                    maxSize: maxSize,
                    level: level,
                    s2cellIDLevel: s2cellIDLevel,
                )

        return if strict then near |> strictFilter(region: region) else near
    }

// groupByArea groups rows by cells of a level; the token stands in `newColumn`.
groupByArea = (newColumn, level, s2cellIDLevel=-1, tables=<-) =>
    {
        own = if s2cellIDLevel == -1 then tables |> _detectLevel() else s2cellIDLevel
        marked =
            if level == own then
                tables |> duplicate(column: "s2_cell_id", as: newColumn)
            else
                tables
                    |> map(fn: (r) => ({r with _s2_cell: s2CellIDToken(point: {lat: r.lat, lon: r.lon}, level: level)}))
                    |> rename(fn: (column) => if column == "_s2_cell" then newColumn else column)

        return marked |> group(columns: [newColumn])
    }

// asTracks groups rows into tracks and sorts each.
asTracks = (groupBy=["id", "tid"], orderBy=["_time"], tables=<-) =>
    tables |> group(columns: groupBy) |> sort(columns: orderBy)

// totalDistance gives the length of the way along the points of each table.
totalDistance = (outputColumn="_value", tables=<-) =>
    tables
        |> reduce(
            identity: {index: 0, lat: 0.0, lon: 0.0, total: 0.0},
            fn: (r, accumulator) => {
                step =
                    if accumulator.index == 0 then
                        0.0
                    else
                        ST_Distance(
                            region: {lat: accumulator.lat, lon: accumulator.lon},
                            geometry: {lat: r.lat, lon: r.lon},
                        )

                return {index: accumulator.index + 1, lat: r.lat, lon: r.lon, total: accumulator.total + step}
            },
        )
        |> drop(columns: ["index", "lat", "lon"])
        |> rename(columns: {total: "_total"})
        |> rename(fn: (column) => if column == "_total" then outputColumn else column)
