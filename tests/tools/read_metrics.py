"""read_metrics.py FILE: what two readers of Prometheus make of a text.

Reads it as OpenMetrics and as the older text format. Fails when either refuses it or when they differ, and
prints each sample as a line of NAME, labels as JSON, and the value, with tabs in between. Knows of the older
format what its reader here is too kind to mind: that types and help may stand before a sample only, and that there are but five types.
"""

import json
import sys

import prometheus_client.openmetrics.parser as openmetrics
import prometheus_client.parser as older

TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}


def samples_of(reader, text):
    found = []
    for family in reader.text_string_to_metric_families(text):
        for sample in family.samples:
            found.append((sample.name, dict(sample.labels), float(sample.value)))
    return found


def check_older(text):
    with_samples = set()
    for line in text.splitlines():
        words = line.split(" ")
        if line.startswith("# TYPE "):
            if words[3] not in TYPES:
                sys.exit(f"the older format knows no type {words[3]}: {line}")
            if words[2] in with_samples:
                sys.exit(f"a type after a sample: {line}")
        elif not line.startswith("#"):
            with_samples.add(line.split("{")[0].split(" ")[0])


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        text = file.read()
    if not text.endswith("# EOF\n"):
        sys.exit("it does not end with # EOF")
    check_older(text)
    first, second = samples_of(openmetrics, text), samples_of(older, text)
    if first != second:
        sys.exit(f"the two readers differ: {first} {second}")
    for name, labels, value in first:
        print(name, json.dumps(labels, sort_keys=True), f"{value:.15g}", sep="\t")


main()
