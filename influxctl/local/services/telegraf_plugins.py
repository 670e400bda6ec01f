"""The Telegraf plugins that a configuration can name: a list of common ones with a starting configuration each.

The reference serves the plugins of the Telegraf that it was built with; these are the ones that people use most, described by us.
"""

from __future__ import annotations

from influxctl.core.errors import Invalid
from influxctl.local.store.resources import Doc

VERSION = "1.33"
TYPES = ("input", "output", "processor", "aggregator")

_PLUGINS: tuple[tuple[str, str, str, str], ...] = (
    ("input", "cpu", "CPU usage of the machine, in all and per core", "percpu = true\n  totalcpu = true"),
    ("input", "disk", "Space used on mounted file systems", 'ignore_fs = ["tmpfs", "devtmpfs", "overlay"]'),
    ("input", "diskio", "Reads and writes of block devices", ""),
    ("input", "docker", "Containers of a Docker engine", 'endpoint = "unix:///var/run/docker.sock"'),
    ("input", "exec", "Output of commands", 'commands = []\n  data_format = "influx"'),
    ("input", "file", "Contents of files, read whole each time", 'files = []\n  data_format = "influx"'),
    ("input", "http", "Answers of HTTP addresses", 'urls = ["http://localhost/metrics"]\n  data_format = "json"'),
    ("input", "http_listener_v2", "Metrics that clients post", 'service_address = ":8080"\n  data_format = "influx"'),
    ("input", "kernel", "Counters of the kernel", ""),
    ("input", "kubernetes", "Pods and nodes seen by a kubelet", 'url = "http://127.0.0.1:10255"'),
    ("input", "mem", "Memory of the machine", ""),
    ("input", "mqtt_consumer", "Messages of MQTT topics", 'servers = ["tcp://127.0.0.1:1883"]\n  topics = ["#"]'),
    ("input", "mysql", "Counters of a MySQL server", 'servers = ["tcp(127.0.0.1:3306)/"]'),
    ("input", "net", "Traffic of network interfaces", ""),
    ("input", "nginx", "Connections of an nginx server", 'urls = ["http://localhost/server_status"]'),
    ("input", "ping", "Round-trip times to hosts", 'urls = ["localhost"]'),
    ("input", "postgresql", "Counters of a PostgreSQL server", 'address = "host=localhost user=postgres"'),
    ("input", "processes", "Processes by state", ""),
    ("input", "procstat", "CPU and memory of single processes", 'pattern = ".*"'),
    ("input", "prometheus", "Metrics of Prometheus clients", 'urls = ["http://localhost:9100/metrics"]'),
    ("input", "redis", "Counters of a Redis server", 'servers = ["tcp://localhost:6379"]'),
    ("input", "snmp", "Values of SNMP agents", 'agents = ["udp://127.0.0.1:161"]'),
    ("input", "statsd", "A StatsD server", 'service_address = ":8125"'),
    ("input", "swap", "Swap space", ""),
    ("input", "syslog", "A syslog receiver", 'server = "tcp://:6514"'),
    ("input", "system", "Load, users and uptime", ""),
    ("input", "tail", "New lines of files", 'files = []\n  data_format = "influx"'),
    ("output", "file", "Files or standard output", 'files = ["stdout"]\n  data_format = "influx"'),
    ("output", "http", "An HTTP address", 'url = "http://127.0.0.1:8080/telegraf"\n  data_format = "influx"'),
    ("output", "influxdb", "InfluxDB 1.x", 'urls = ["http://127.0.0.1:8086"]\n  database = "telegraf"'),
    ("output", "influxdb_v2", "InfluxDB 2", 'urls = ["http://127.0.0.1:8086"]\n  token = "$INFLUX_TOKEN"'),
    ("output", "kafka", "Topics of Kafka", 'brokers = ["localhost:9092"]\n  topic = "telegraf"'),
    ("output", "mqtt", "Topics of MQTT", 'servers = ["localhost:1883"]\n  topic = "telegraf"'),
    ("output", "prometheus_client", "Metrics for Prometheus to collect", 'listen = ":9273"'),
    ("processor", "converter", "Change the types of tags and fields", "[processors.converter.fields]\n    float = []"),
    ("processor", "date", "Add a part of the time as a tag", 'tag_key = "month"\n  date_format = "Jan"'),
    ("processor", "regex", "Rewrite tags and fields by patterns", ""),
    ("processor", "rename", "Rename measurements, tags and fields", ""),
    ("processor", "starlark", "Run a Starlark script on metrics", 'source = "def apply(metric):\\n  return metric"'),
    ("processor", "strings", "Change the text of tags and fields", ""),
    ("aggregator", "basicstats", "Count, minimum, maximum, mean of a period", 'period = "30s"'),
    ("aggregator", "final", "The last value of a series", 'period = "30s"'),
    ("aggregator", "histogram", "Buckets of values", 'period = "30s"'),
    ("aggregator", "minmax", "Minimum and maximum of a period", 'period = "30s"'),
)


def find_plugins(type: str | None) -> Doc:
    """The plugins of a type, or all; `Invalid` for a type that there is not."""
    if type is not None and type not in (*TYPES, "bundle"):
        raise Invalid(f"{type!r} is no type of plugin: it is input, output, processor, aggregator or bundle")
    plugins = [
        {
            "type": kind,
            "name": name,
            "description": text,
            "config": f"[[{kind}s.{name}]]\n{'  ' if config else ''}{config}\n",
        }
        for kind, name, text, config in _PLUGINS
        if type in (None, kind)
    ]
    return {"version": VERSION, "os": "unix", "plugins": plugins}
