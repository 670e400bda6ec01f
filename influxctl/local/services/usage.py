"""What an organization used, as annotated CSV in the contract's shape: one table a measurement, endpoint, status and field."""

from __future__ import annotations

from itertools import groupby

from influxctl.core.errors import Invalid, NotFound
from influxctl.core.times import format_time
from influxctl.local.services.metering import Metering, Used
from influxctl.local.services.permissions import Actor
from influxctl.local.store.resources import Resources

_NS = 10**9
RAW_SECONDS, LONGEST_SECONDS = 3600, 30 * 86_400
_STEP = 3600  # seconds that a row sums up unless `raw`


class Usage:
    """The usage of organizations."""

    def __init__(self, resources: Resources, metering: Metering) -> None:
        self.resources = resources
        self.metering = metering

    def find_usage(self, actor: Actor, org_id: str, start: int, stop: int, raw: bool) -> str:
        """Usage between two times (nanoseconds); by minute if `raw` (an hour at most), else by hour (30 days at most)."""
        if self.resources.peek("orgs", org_id) is None or not actor.may("read", "orgs", id=org_id):
            raise NotFound("organization not found")
        if stop < start:
            raise Invalid("stop is before start")
        if stop - start > (RAW_SECONDS if raw else LONGEST_SECONDS) * _NS:
            raise Invalid("raw usage is limited to one hour, other usage to 30 days")
        rows = self.metering.used(org_id, start // _NS // 60 * 60, -(-stop // _NS))
        return _csv(rows if raw else _summed(rows), org_id, format_time(start), format_time(stop))


def _summed(rows: list[Used]) -> list[Used]:
    out = []
    for hour, group in groupby(rows, key=lambda row: row._replace(time=row.time // _STEP * _STEP, value=0)):
        out.append(hour._replace(value=sum(row.value for row in group)))
    return out


def _csv(rows: list[Used], org_id: str, start: str, stop: str) -> str:
    """The org's tag is `org_id` in http_request and `orgID` in query_count, as Cloud writes them."""
    out = []
    table = 0
    for measurement, group in groupby(rows, key=lambda row: row.measurement):
        tag = "orgID" if measurement == "query_count" else "org_id"
        time = "dateTime:RFC3339"
        out.append(f"#datatype,string,long,{time},{time},{time},long,string,string,string,string,string")
        out.append("#group,false,false,true,true,false,false,true,true,true,true,true")
        out.append("#default,_result,,,,,,,,,,")
        out.append(f",result,table,_start,_stop,_time,_value,_field,_measurement,endpoint,{tag},status")
        for key, series in groupby(group, key=lambda row: (row.field, row.endpoint, row.status)):
            field, endpoint, status = key
            for row in series:
                moment = format_time(row.time * _NS)
                out.append(
                    f",,{table},{start},{stop},{moment},{row.value},{field},{measurement},{endpoint},{org_id},{status}"
                )
            table += 1
        out.append("")
    return "\r\n".join([*out, ""]) if out else "\r\n"
