// Functions for data and habits of InfluxDB 1.x. Those about schemas have moved to influxdata/influxdb/schema.
package v1


import "influxdata/influxdb/schema"

// json makes a table of the JSON answer of an InfluxDB 1.x query.
builtin json : (?file: string, ?json: string) => stream[A] where A: Record

// databases gives the databases and retention policies that buckets are mapped to.
builtin databases : (?host: string, ?org: string, ?orgID: string, ?token: string) => stream[{retentionPolicy: string, retentionPeriod: int, organizationID: string, default: bool, databaseName: string, bucketID: string}]

// fieldsAsCols makes a column of each field.
fieldsAsCols = schema.fieldsAsCols

// tagValues gives the values of a tag.
tagValues = schema.tagValues

// measurementTagValues gives the values of a tag within a measurement.
measurementTagValues = schema.measurementTagValues

// tagKeys gives the columns that series are told apart by.
tagKeys = schema.tagKeys

// measurementTagKeys gives the tags of a measurement.
measurementTagKeys = schema.measurementTagKeys

// fieldKeys gives the names of fields.
fieldKeys = schema.fieldKeys

// measurementFieldKeys gives the names of the fields of a measurement.
measurementFieldKeys = schema.measurementFieldKeys

// measurements gives the names of measurements.
measurements = schema.measurements
