#!/usr/bin/env python3
"""kill -9 of the service, again and again, while clients ask, tell, report, import and publish at once.

    python3 Benchmarks/Load/crash.py [--binary PATH] [--kills 100] [--store sqlite:///PATH] [--seed N]

Each round starts the service on the same store, lets six clients work on one study for a moment of random length,
and kills it. What was in flight is sent again after the restart, as a client would. After each kill the store must
hold whatever was acknowledged, with the values that were sent, and nothing twice: trials are numbered without gaps,
each was handed to one client, each is complete or in the hands of the client that has it, and a publication that
was sent twice is one version. Exits 1 if anything is missing or there twice. Without --store a file in a temporary
folder is used; with --store postgres://… the same is shown of PostgreSQL.
"""
import argparse
import http.client
import json
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from subject import BINARY, Subject

CLIENTS = 6
ROWS = 12
ROUNDS_PER_STUDY = 3
LONGEST_LIFE = 0.8


class Killed(Exception):
    """The service is gone; nobody knows whether the last request was done."""


class Wrong(Exception):
    """The service answered what it must not answer."""


class Ledger:
    """What was acknowledged, and what was found wrong."""

    def __init__(self):
        self.lock = threading.Lock()
        self.owners, self.outcomes, self.reports, self.versions = {}, {}, {}, {}
        self.requests, self.faults = 0, []

    def note(self, table, key, value):
        """Takes an acknowledgement; another one of the same must say the same."""
        with self.lock:
            known = table.setdefault(key, value)
            if known != value:
                self.faults.append(f"{key}: acknowledged as {known} and as {value}")

    def fault(self, text):
        """Takes a fault."""
        with self.lock:
            self.faults.append(text)


class Client:
    """One worker: it knows what it has sent and got no answer to, and sends that again."""

    def __init__(self, name, seed, ledger):
        self.name, self.ledger = name, ledger
        self.generator = random.Random(seed)
        self.pending = None
        self.connection = None
        self.published = 0

    def connect(self, port):
        """Talks to the service that runs now."""
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def send(self, method, path, body=None):
        """The content of an answer of success."""
        content = None if body is None else json.dumps(body)
        try:
            self.connection.request(method, path, content, {"Content-Type": "application/json"} if content else {})
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Killed from error
        with self.ledger.lock:
            self.ledger.requests += 1
        if answer.status not in (200, 201):
            raise Wrong(f"{self.name}: {method} {path}: {answer.status} {text[:300]}")
        return json.loads(text)

    def work(self, study, ended):
        """Asks, measures and publishes until the service is gone."""
        try:
            if self.pending:
                self.pending()
                self.pending = None
            while not ended.is_set():
                self.turn(study)
                self.pending = None
        except Killed:
            pass
        except Wrong as wrong:
            self.ledger.fault(str(wrong))

    def turn(self, study):
        """A few trials, or something else that is written."""
        choice = self.generator.random()
        if choice < 0.15:
            return self.publish(study)
        if choice < 0.25:
            return self.add(study)
        path = f"/v1/studies/{study}/trials"
        for trial in self.send("POST", path + ":ask", {"client_id": self.name, "count": 3})["trials"]:
            number = trial["id"]
            self.ledger.note(self.ledger.owners, (study, number), self.name)
            values = [round(self.generator.random(), 6) for _ in range(ROWS)]
            if choice < 0.5:
                self.report(study, path, number, values)
            else:
                self.tell(study, path, number, {"values": values}, values)
        return None

    def tell(self, study, path, number, body, values):
        """An outcome, which counts once however often it is sent."""
        def send():
            told = self.send("POST", f"{path}/{number}:tell", body)
            if told["state"] == "succeeded":
                self.ledger.note(self.ledger.outcomes, (study, number), values)
            else:
                self.ledger.fault(f"{study} {number}: told and {told['state']}")
        self.pending = send
        send()

    def report(self, study, path, number, values):
        """All rows in portions; a trial that should stop stays so."""
        for first in range(0, ROWS, 4):
            rows = list(range(first, first + 4))
            told = self.send(
                "POST", f"{path}/{number}:report", {"rows": rows, "values": [values[row] for row in rows]})
            for row in rows if not told["should_stop"] else []:
                with self.ledger.lock:
                    self.ledger.reports[study, number, row] = values[row]
            if told["should_stop"]:
                return
        self.tell(study, path, number, {"reported": True}, values)

    def publish(self, study):
        """A version with a name of its own, so that sending it again adds none."""
        self.published += 1
        name = f"{self.name}@{self.published}"
        strategy = {"recycling_cell_size": 8, "global_threshold": self.generator.uniform(1, 50), "layers": 28,
                    "stages": [{"layer": 0, "retain_ratio": 0.25}]}

        def send():
            told = self.send("PUT", f"/v1/strategies/{name}", {"strategy": strategy})
            self.ledger.note(self.ledger.versions, name, told["strategy"]["global_threshold"])
        self.pending = send
        send()

    def add(self, study):
        """A measurement of elsewhere, which is there once however often it is sent."""
        ratio = self.generator.uniform(0.295, 0.35)
        body = {"trials": [{"value": round(self.generator.random(), 6), "strategy": {
            "layers": 28, "token_budget": 0.25, "global_threshold": 30, "recycling_cell_size": 8,
            "stages": [{"layer": 0, "retain_ratio": ratio}, {"layer": 9, "retain_ratio": 0.8}, {"layer": 18}]}}]}

        def send():
            number = self.send("POST", f"/v1/studies/{study}/trials:import", body)["trials"][0]["id"]
            self.ledger.note(self.ledger.owners, (study, number), "import")
            self.ledger.note(self.ledger.outcomes, (study, number), body["trials"][0]["value"])
        self.pending = send
        send()


def check_trial(trial, study, ledger):
    """Holds what is kept of a trial against what was acknowledged."""
    number, state = trial["id"], trial["state"]
    expected = ledger.outcomes.get((study, number))
    kept = trial["value"] if trial["origin"] == "imported" else trial.get("values")
    if expected is not None and (state != "succeeded" or kept != expected):
        ledger.fault(f"{study} {number}: {state} with {kept}, acknowledged {expected}")
    if "rows" in trial and len(trial["values"]) != trial["rows"]:
        ledger.fault(f"{study} {number}: {trial['rows']} rows with {len(trial['values'])} values")
    rows = dict(zip(trial.get("measured_rows", []), trial.get("values", [])))
    for row in range(ROWS):
        value = ledger.reports.get((study, number, row))
        # A trial whose client took it up again after the kill may have been reported anew.
        if value is not None and row not in rows:
            ledger.fault(f"{study} {number}: row {row} was acknowledged and is not there")
    if state == "active" and ledger.owners.get((study, number), trial["client_id"]) != trial["client_id"]:
        ledger.fault(f"{study} {number}: in the hands of {trial['client_id']}")


def check(client, studies, ledger):
    """Holds the whole store against what was acknowledged."""
    try:
        check_studies(client, studies, ledger)
        check_versions(client, ledger)
    except Wrong as wrong:
        ledger.fault(str(wrong))


def check_studies(client, studies, ledger):
    """No trial is missing, none is there twice, each is as it was acknowledged."""
    for study in studies:
        document = client.send("GET", f"/v1/studies/{study}:export")
        trials = document["trials"]
        numbers = [trial["id"] for trial in trials]
        if numbers != list(range(1, document["trial_count"] + 1)):
            ledger.fault(f"{study}: trials {numbers} of {document['trial_count']}")
        missing = {number for name, number in ledger.owners if name == study} - set(numbers)
        if missing:
            ledger.fault(f"{study}: trials {sorted(missing)} were acknowledged and are not there")
        for trial in trials:
            check_trial(trial, study, ledger)
        imported = [json.dumps([one["strategy"], one["value"]]) for one in trials if one["origin"] == "imported"]
        if len(set(imported)) < len(imported):
            ledger.fault(f"{study}: an import is there twice")


def check_versions(client, ledger):
    """Each version is there once, as it was acknowledged."""
    kept = [one for one in client.send("GET", "/v1/strategies")["strategies"] if not one["read_only"]]
    names = {one["name"]: one["strategy"]["global_threshold"] for one in kept}
    if len(names) < len(kept):
        ledger.fault("a version is there twice")
    for name, threshold in ledger.versions.items():
        if names.get(name) != threshold:
            ledger.fault(f"{name}: acknowledged {threshold}, kept {names.get(name)}")


def start_study(client, name):
    """A study with a calibration set; both calls may be repeated after a kill."""
    try:
        client.send("POST", "/v1/studies", {"name": name, "layers": 28, "stage_layers": [9, 18], "token_budget": 0.25})
    except Wrong as wrong:
        if "study-exists" not in str(wrong):
            raise
    client.send("PUT", f"/v1/studies/{name}/baseline", {"sample_ids": [f"i{row // 2}" for row in range(ROWS)]})


def serve_and_kill(subject, clients, study, seconds):
    """Lets the clients work for a while, kills the service, waits for all of them."""
    ended = threading.Event()
    workers = [threading.Thread(target=client.work, args=(study, ended)) for client in clients]
    for worker in workers:
        worker.start()
    time.sleep(seconds)
    subject.process.kill()
    ended.set()
    for worker in workers:
        worker.join()
    subject.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--store")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    flags = parser.parse_args()
    generator, ledger = random.Random(flags.seed), Ledger()
    clients = [Client(f"c{index}", generator.random(), ledger) for index in range(CLIENTS)]
    begin, studies = time.monotonic(), []
    with tempfile.TemporaryDirectory() as folder:
        store = flags.store or f"sqlite://{folder}/studies.sqlite"
        for kill in range(flags.kills + 1):
            with Subject(flags.binary, "--store", store) as subject:
                for client in clients:
                    client.connect(subject.port)
                # Earlier studies change no more; all of them are looked at once more at the end.
                check(clients[0], studies if kill == flags.kills else studies[-1:], ledger)
                if kill == flags.kills or ledger.faults:
                    break
                if kill % ROUNDS_PER_STUDY == 0:
                    studies.append(f"s{generator.randrange(1 << 40)}")
                    start_study(clients[0], studies[-1])
                serve_and_kill(subject, clients, studies[-1], generator.uniform(0.01, LONGEST_LIFE))
    print(f"{kill} kills in {time.monotonic() - begin:.0f} s, seed {flags.seed}: {ledger.requests} requests answered, "
          f"{len(ledger.owners)} trials, {len(ledger.outcomes)} outcomes, {len(ledger.reports)} reported rows, "
          f"{len(ledger.versions)} versions acknowledged; {len(ledger.faults)} missing or doubled")
    for fault in ledger.faults[:20]:
        print("  " + fault)
    return 1 if ledger.faults else 0


if __name__ == "__main__":
    sys.exit(main())
