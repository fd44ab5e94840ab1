# A whole rolling upgrade as an operator does it with `xe`, host by host, by Python's xmlrpc.client.
# Usage: rolling_upgrade.py VACATE SCENARIO
import http.client
import json
import sys
import tempfile
import time

from pool import Failure, Pool, Session, check


def log_in(pool):
    """As often as it takes: a coordinator that boots refuses connections, then logins."""
    while True:
        try:
            return Session(pool)
        except (OSError, http.client.HTTPException):
            pass
        except Failure as failure:
            check(failure.code == "HOST_STILL_BOOTING", "the login failed with", failure)
        time.sleep(0.05)


def finish(session, task):
    """Waits for a task; its failure is ours. One that has ended is forgotten after a while."""
    try:
        while (status := session.task.get_status(task)) == "pending":
            time.sleep(0.02)
        check(status == "success", "a task ended as", status, session.task.get_error_info(task))
        session.task.destroy(task)
    except Failure as failure:
        check(failure.words[:2] == ["HANDLE_INVALID", "task"], "asking for a task:", failure)


def guests(session, host):
    running = session.host.get_resident_VMs(host)
    return [vm for vm in running if not session.VM.get_is_control_domain(vm)]


def version(session, host):
    text = session.host.get_software_version(host)["platform_version"]
    return [int(part) for part in text.split(".")]


def move_one_by_one(session, source):
    """`xe vm-migrate`, each VM to the host with the most free memory."""
    others = [host for host in session.host.get_all() if host != source]
    for vm in guests(session, source):
        free = {host: int(session.host.compute_free_memory(host)) for host in others}
        target = max(others, key=lambda host: free[host])
        finish(session, session.Async.VM.pool_migrate(vm, target, {"live": "true"}))
        check(session.VM.get_resident_on(vm) == target, "a VM is not where it was sent")


def upgrade(pool, session, host, one_by_one, wanted):
    """Returns: a session, for the coordinator forgets all when it boots."""
    session.host.disable(host)
    pinned = list(session.host.get_vms_which_prevent_evacuation(host))
    for vm in pinned:
        session.VM.clean_shutdown(vm)
    if one_by_one:
        move_one_by_one(session, host)
    else:
        session.host.evacuate(host)
    check(not guests(session, host), "VMs are still on a host that was emptied")
    session.host.reboot(host)
    while True:
        try:
            metrics = session.host.get_metrics(host)
            if session.host_metrics.get_live(metrics) and version(session, host) == wanted:
                session.host.enable(host)
                break
        except (OSError, http.client.HTTPException):
            session = log_in(pool)
        except Failure as failure:
            waits = ("SESSION_INVALID", "HOST_STILL_BOOTING", "HOST_DISABLED_UNTIL_REBOOT")
            check(failure.code in waits, "waiting for a host failed with", failure)
            if failure.code == "SESSION_INVALID":
                session = log_in(pool)
        time.sleep(0.02)
    for other in session.host.get_all():  # members come back to their coordinator
        while not session.host_metrics.get_live(session.host.get_metrics(other)):
            time.sleep(0.02)
    for vm in pinned:
        session.VM.start_on(vm, host, False, False)
    return session


def run(pool, scenario):
    session = log_in(pool)
    (key,) = session.pool.get_all()
    running = {vm for vm, record in session.VM.get_all_records().items()
               if record["power_state"] == "Running" and not record["is_a_template"]}
    check(session.pool.get_ha_enabled(key) and session.pool.get_wlb_enabled(key), "HA, WLB off")
    storages = [session.VDI.get_SR(disk) for disk in session.pool.get_ha_statefiles(key)]
    settings = session.pool.get_ha_configuration(key)
    session.pool.disable_ha()
    session.pool.set_wlb_enabled(key, False)
    for vbd, record in session.VBD.get_all_records().items():
        if record["type"] == "CD" and not record["empty"]:
            session.VBD.eject(vbd)

    (coordinator,) = {record["master"] for record in session.pool.get_all_records().values()}
    hosts = session.host.get_all_records()
    order = sorted(hosts, key=lambda host: (host != coordinator, hosts[host]["name_label"]))
    targets = {host["name"]: host["target"]["platform"] for host in scenario["hosts"]}
    for host in order:
        wanted = [int(part) for part in targets[hosts[host]["name_label"]].split(".")]
        versions = {each: version(session, each) for each in hosts}
        check(versions[host] < wanted, "a host has its target version before its upgrade")
        before = session.VM.get_all_records()
        session = upgrade(pool, session, host, host == coordinator, wanted)
        moved = 0
        for vm, record in session.VM.get_all_records().items():
            if vm in running and record["resident_on"] != before[vm]["resident_on"]:
                moved += 1
                check(versions[record["resident_on"]] >= versions[before[vm]["resident_on"]],
                      record["name_label"], "went to an older host")
        print("upgraded", hosts[host]["name_label"], "after", moved, "moves", flush=True)
        check(moved > 0 or not guests(session, host), "nothing was moved, yet the host is in use")

    session.pool.enable_ha(storages, settings)
    session.pool.set_wlb_enabled(key, True)
    for host, record in session.host.get_all_records().items():
        text = targets[record["name_label"]]
        check(record["software_version"]["platform_version"] == text, "a host has another version")
        check(record["enabled"], "a host is disabled at the end")
    for vm, record in session.VM.get_all_records().items():
        if vm in running:
            check(record["power_state"] == "Running", record["name_label"], "does not run")
            check(record["resident_on"] in hosts, record["name_label"], "is nowhere")
    check(session.pool.get_ha_enabled(key), "HA stays off")
    check(session.pool.get_wlb_enabled(key), "WLB stays off")
    print(len(hosts), "hosts upgraded,", len(running), "VMs run")


def main(program, path):
    with open(path, encoding="utf-8") as file:
        scenario = json.load(file)
    scenario["pool"].update(ha_enabled=True, wlb_enabled=True)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as changed:
        json.dump(scenario, changed)
        changed.flush()
        with Pool(program, changed.name, "--speed", "600") as pool:
            run(pool, scenario)


main(*sys.argv[1:])
