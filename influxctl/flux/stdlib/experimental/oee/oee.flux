// Overall equipment effectiveness: availability, performance, quality, and their product.
package oee


import "contrib/tomhollingworth/events"
import "experimental"

// computeAPQ puts the figures together from two streams: states of the equipment in `state`, and counts in `partCount` and
// `badCount` that only grow.
computeAPQ = (
        productionEvents,
        partEvents,
        runningState,
        plannedTime,
        idealCycleTime,
    ) =>
    {
        running =
            productionEvents
                |> events.duration(unit: 1ns, columnName: "runTime")
                |> filter(fn: (r) => r.state == runningState)
                |> sum(column: "runTime")
                |> map(fn: (r) => ({r with _time: r._stop, availability: float(v: r.runTime) / float(v: int(v: plannedTime))}))
        parts =
            partEvents
                |> difference(columns: ["partCount"], nonNegative: true)
                |> sum(column: "partCount")
                |> duplicate(column: "_stop", as: "_time")
        bad =
            partEvents
                |> difference(columns: ["badCount"], nonNegative: true)
                |> sum(column: "badCount")
                |> duplicate(column: "_stop", as: "_time")
        made =
            experimental.join(
                left: running,
                right: parts,
                fn: (left, right) =>
                    ({left with
                        partCount: right.partCount,
                        performance:
                            float(v: right.partCount) * float(v: int(v: idealCycleTime)) / float(v: left.runTime),
                    }),
            )

        return
            experimental.join(
                left: made,
                right: bad,
                fn: (left, right) =>
                    ({left with
                        quality: (float(v: left.partCount) - float(v: right.badCount)) / float(v: left.partCount),
                    }),
            )
                |> map(fn: (r) => ({r with oee: r.availability * r.performance * r.quality}))
                |> drop(columns: ["partCount"])
    }

// APQ puts the figures together from one stream with the columns `state`, `partCount` and `badCount`.
APQ = (runningState, plannedTime, idealCycleTime, tables=<-) =>
    computeAPQ(
        productionEvents: tables,
        partEvents: tables,
        runningState: runningState,
        plannedTime: plannedTime,
        idealCycleTime: idealCycleTime,
    )
