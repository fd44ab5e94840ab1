# A rolling upgrade as an operator does it by `xe`, with Python's xmlrpc.client: each step is named
# after its command. Usage: rolling_upgrade.py VACATE SCENARIO
import sys
from pool import (Pool, check, coordinator_first, empty_one_by_one, guests, running, scenario_with,
                  wait_for_version)

DONE = {}  # by host: what it shall be in the end


def upgrade(session, host, one_by_one):
    session.host.disable(host)                                             # host-disable
    pinned = list(session.host.get_vms_which_prevent_evacuation(host))
    for vm in pinned:
        session.VM.clean_shutdown(vm)                                      # vm-shutdown
    if one_by_one:
        empty_one_by_one(session, host)                                    # vm-migrate
    else:
        session.host.evacuate(host)                                        # host-evacuate
    check(not guests(session, host), "VMs are still on a host that was emptied")
    session.host.reboot(host)                                              # host-reboot
    wait_for_version(session, host, DONE[host])
    session.host.enable(host)                                              # host-enable
    for vm in pinned:
        session.VM.start_on(vm, host, False, False)                        # vm-start on=


def run(session, targets):
    (pool,) = session.pool.get_all()
    before = running(session)
    storages = [session.VDI.get_SR(file) for file in session.pool.get_ha_statefiles(pool)]
    check(storages and session.pool.get_wlb_enabled(pool), "HA or WLB is off from the start")
    session.pool.disable_ha()                                              # pool-ha-disable
    session.pool.set_wlb_enabled(pool, False)                              # pool-param-set
    for drive, record in session.VBD.get_all_records().items():
        if record["type"] == "CD" and not record["empty"]:
            session.VBD.eject(drive)                                       # vm-cd-eject
    order = coordinator_first(session)
    DONE.update({host: targets[session.host.get_name_label(host)] for host in order})
    for number, host in enumerate(order):
        upgrade(session, host, one_by_one=number == 0)
        print("upgraded", session.host.get_name_label(host), flush=True)
    session.pool.enable_ha(storages, {})                                   # pool-ha-enable
    session.pool.set_wlb_enabled(pool, True)
    check(running(session) == before, "other VMs run than before")
    for host, record in session.host.get_all_records().items():
        check(record["software_version"]["platform_version"] == DONE[host], "a wrong version")
        check(record["enabled"], record["name_label"], "is disabled at the end")
    check(session.pool.get_ha_enabled(pool) and session.pool.get_wlb_enabled(pool), "HA or WLB")
    print(len(order), "hosts upgraded,", len(before), "VMs run")


with scenario_with(sys.argv[2], ha_enabled=True, wlb_enabled=True) as (path, scenario):
    with Pool(sys.argv[1], path, "--speed", "600") as server:
        run(server.session(), {host["name"]: host["target"]["platform"]
                               for host in scenario["hosts"]})
