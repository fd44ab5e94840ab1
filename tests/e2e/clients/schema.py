# Every record of every class, by XML-RPC and by JSON-RPC, against the published classes of XAPI.
# Usage: schema.py VACATE SCHEMA SCENARIO...
import http.client
import json
import os
import re
import sys
import urllib.parse
import xmlrpc.client

from pool import Pool, Session, check, skip

ABSENT_REF = "OpaqueRef:NULL"


class Classes:
    """What is published: fields by class, values by enum."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            published = json.load(file)
        self.fields = {each["class"]: {field["name"]: field["type"] for field in each["fields"]}
                       for each in published}
        self.enums = {enum["name"]: set(enum["values"])
                      for each in published for enum in each["enums"]}
        self.listed = [each["class"] for each in published
                       if any(m["name"] == "get_all_records" for m in each["messages"])]


class Reading:
    """One transport's answers, held against the classes."""

    def __init__(self, classes, wire):
        self.classes, self.wire = classes, wire
        self.known = {}  # references seen, with their class
        self.links = []  # (place, class, reference)
        self.wrong = []

    def note(self, place, kind, value):
        self.wrong.append(f"{place}: {value!r} is no {kind}")

    def value(self, place, kind, value):
        """Adds what is wrong with a value of that type, in the words of the schema."""
        if mapping := re.fullmatch(r"\((.*) -> (.*)\) map", kind):
            if not isinstance(value, dict):
                return self.note(place, kind, value)
            for key, each in value.items():
                # A key is a string on the wire, whatever it stands for.
                if mapping[1] == "int":
                    if not re.fullmatch(r"-?\d+", key):
                        self.note(place, mapping[1], key)
                else:
                    self.value(place, mapping[1], key)
                self.value(f"{place}.{key}", mapping[2], each)
        elif kind.endswith(" set"):
            if not isinstance(value, list):
                return self.note(place, kind, value)
            for each in value:
                self.value(place, kind[:-4], each)
        elif kind.endswith(" ref"):
            if not isinstance(value, str) or not value.startswith("OpaqueRef:"):
                return self.note(place, kind, value)
            if value != ABSENT_REF:
                self.links.append((place, kind[:-4], value))
        elif kind.startswith("enum "):
            if value not in self.classes.enums[kind[5:]]:
                self.note(place, kind, value)
        elif not self.is_plain(kind, value):
            self.note(place, kind, value)

    def is_plain(self, kind, value):
        xml = self.wire == "XML-RPC"
        if kind == "string":
            return isinstance(value, str)
        if kind == "int":  # 64 bits: a string by XML-RPC, for its own are of 32
            return (isinstance(value, str) and re.fullmatch(r"-?\d+", value) is not None if xml
                    else isinstance(value, int) and not isinstance(value, bool))
        if kind == "float":
            return isinstance(value, float) or not xml and type(value) is int
        if kind == "bool":
            return isinstance(value, bool)
        if kind == "datetime":
            text = str(value)
            typed = isinstance(value, xmlrpc.client.DateTime if xml else str)
            return typed and re.fullmatch(r"\d{8}T\d\d:\d\d:\d\dZ", text) is not None
        return False

    def record(self, name, ref, record):
        place = f"{self.wire} {name} {ref}"
        self.known[ref] = name
        fields = self.classes.fields[name]
        for missing in fields.keys() - record.keys():
            self.wrong.append(f"{place}: {missing} is missing")
        for unknown in record.keys() - fields.keys():
            self.wrong.append(f"{place}: {unknown} is not published")
        for field in fields.keys() & record.keys():
            self.value(f"{place}.{field}", fields[field], record[field])

    def links_lead_somewhere(self, served):
        for place, name, ref in self.links:
            if name in served and self.known.get(ref) != name:
                self.wrong.append(f"{place}: {ref} leads to {self.known.get(ref)}, not {name}")


def json_caller(pool):
    """session.VM.get_all_records() by JSON-RPC."""
    where = urllib.parse.urlsplit(pool.url)
    connection = http.client.HTTPSConnection(where.hostname, where.port, context=pool.trust())
    headers = {"Content-Type": "application/json"}

    def call(method, *arguments):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": arguments}
        connection.request("POST", "/jsonrpc", json.dumps(body), headers)
        answer = json.load(connection.getresponse())
        check("result" in answer, method, answer)
        return answer["result"]

    key = call("session.login_with_password", pool.user, pool.password)
    return lambda method, *arguments: call(method, key, *arguments)


def read_all(classes, wire, ask, served):
    reading = Reading(classes, wire)
    counts = {}
    for name in served:
        records = ask(f"{name}.get_all_records")
        counts[name] = len(records)
        for ref, record in records.items():
            reading.record(name, ref, record)
    reading.links_lead_somewhere(served)
    for line in reading.wrong[:40]:
        print(line)
    check(not reading.wrong, len(reading.wrong), "values are not as published")
    return counts


def begin_migration(session):
    """So that there is a task, and operations in the records."""
    for vm, record in session.VM.get_all_records().items():
        if "pool_migrate" in record["allowed_operations"] and not record["is_control_domain"]:
            for host in session.VM.get_possible_hosts(vm):
                if host != record["resident_on"]:
                    return session.Async.VM.pool_migrate(vm, host, {"live": "true"})
    return check(False, "no VM may move")


def main(program, schema, *scenarios):
    if not os.path.exists(schema):
        skip(f"there is no {schema}")
    classes = Classes(schema)
    for scenario in scenarios:
        with Pool(program, scenario) as pool:
            session = Session(pool)
            begin_migration(session)
            served = [method.removesuffix(".get_all_records") for method in session.methods()
                      if method.endswith(".get_all_records")]
            check(set(served) <= set(classes.listed), "more classes than are published:", served)
            xml = read_all(classes, "XML-RPC", session.call, served)
            other = read_all(classes, "JSON-RPC", json_caller(pool), served)
            same = {name for name in xml if name not in ("task", "session")}
            check(all(xml[name] == other[name] for name in same), "both wires list as much")
            filled = [name for name, count in xml.items() if count > 0]
            # A pool has these, whatever its scenario.
            for name in ("pool", "host", "host_metrics", "VM", "VM_metrics", "VBD", "SR", "PBD",
                         "PIF", "network", "VIF", "task"):
                check(name in filled, "there is no", name)
            print(f"{scenario}: {sum(xml.values())} records of {len(filled)} classes, twice")


main(*sys.argv[1:])
