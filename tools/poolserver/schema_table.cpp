// The classes of the XenAPI as text: fields, messages and enumerators; schema.cpp reads it.
//
// Source: xapi-project/xen-api, doc/data/xenapi.json of March 2024 (release 24.x); VM_group and
// VM.groups, marked by "?", of 24.19.1 and host.disable's auto_enable of 25.31 from its
// datamodel, as host.is_in_emergency_mode and pool.is_slave are; trailing defaults of
// login_with_password, host.evacuate, VM.migrate_send and VM.assert_can_migrate from the same
// datamodel. Values behind "=" are what an object has when nobody sets the field.
#include "tools/poolserver/schema_table.hpp"

namespace vacate::poolserver {
namespace {

constexpr ClassText class_texts[]{
    {"session",
     R"(
        uuid:string this_host:@host this_user:@user last_active:datetime pool:bool
        *other_config:{string>string} is_local_superuser:bool subject:@subject
        validation_time:datetime auth_user_sid:string auth_user_name:string
        +rbac_permissions:string[] tasks:@task[] +parent:@session originator:string
        client_certificate:bool
     )",
     R"(
        change_password(old_pwd:string,new_pwd:string)
        create_from_db_file(filename:string)@session get_all_subject_identifiers()string[]
        local_logout()
        ~login_with_password(uname:string,pwd:string,version:string=,originator:string=)@session
        logout() logout_subject_identifier(subject_identifier:string)
        ~slave_local_login_with_password(uname:string,pwd:string)@session
     )"},
    {"task",
     R"(
        uuid:string name_label:string name_description:string
        allowed_operations:%task_allowed_operations[]
        current_operations:{string>%task_allowed_operations} created:datetime finished:datetime
        status:%task_status_type resident_on:@host progress:float type:string=<none/>
        result:string error_info:string[] *other_config:{string>string} subtask_of:@task
        subtasks:@task[] backtrace:string=()
     )",
     R"(
        cancel(task:@task) create(label:string,description:string)@task destroy(self:@task)
        set_error_info(self:@task,value:string[]) set_progress(self:@task,value:float)
        set_result(self:@task,value:string) set_status(self:@task,value:%task_status_type)
     )"},
    {"event",
     R"(
        snapshot:#<class> +id:int +timestamp:datetime +class:string +operation:%event_operation
        +ref:string +obj_uuid:string
     )",
     R"(
        from(classes:string[],token:string,timeout:float)#event_batch get_current_id()int
        inject(class:string,ref:string)string next()#event[] register(classes:string[])
        unregister(classes:string[])
     )"},
    {"pool",
     R"(
        uuid:string *name_label:string *name_description:string master:@host *default_SR:@SR
        *suspend_image_SR:@SR *crash_dump_SR:@SR *other_config:{string>string} ha_enabled:bool
        ha_configuration:{string>string} ha_statefiles:string[] ha_host_failures_to_tolerate:int
        ha_plan_exists_for:int *ha_allow_overcommit:bool ha_overcommitted:bool
        blobs:{string>@blob} *tags:string[] *gui_config:{string>string}
        *health_check_config:{string>string} wlb_url:string wlb_username:string *wlb_enabled:bool
        *wlb_verify_cert:bool redo_log_enabled:bool redo_log_vdi:@VDI vswitch_controller:string
        restrictions:{string>string} metadata_VDIs:@VDI[] ha_cluster_stack:string=xhad
        allowed_operations:%pool_allowed_operations[]
        current_operations:{string>%pool_allowed_operations} guest_agent_config:{string>string}
        cpu_info:{string>string} *policy_no_vendor_device:bool *live_patching_disabled:bool
        igmp_snooping_enabled:bool +uefi_certificates:string +custom_uefi_certificates:string
        *is_psr_pending:bool tls_verification_enabled:bool repositories:@Repository[]
        client_certificate_auth_enabled:bool client_certificate_auth_name:string
        repository_proxy_url:string repository_proxy_username:string
        repository_proxy_password:@secret *migration_compression:bool *coordinator_bias:bool=true
        +local_auth_max_threads:int=8 +ext_auth_max_threads:int=1 telemetry_uuid:@secret
        telemetry_frequency:%telemetry_frequency=weekly telemetry_next_collection:datetime
        last_update_sync:datetime update_sync_frequency:%update_sync_frequency=weekly
        update_sync_day:int update_sync_enabled:bool
     )",
     R"(
        add_repository(self:@pool,value:@Repository)
        add_to_guest_agent_config(self:@pool,key:string,value:string)
        apply_edition(self:@pool,edition:string) certificate_install(name:string,cert:string)
        certificate_list()string[] certificate_sync() certificate_uninstall(name:string)
        check_update_readiness(self:@pool,requires_reboot:bool)string[][]
        configure_repository_proxy(self:@pool,url:string,username:string,password:string)
        configure_update_sync(self:@pool,update_sync_frequency:%update_sync_frequency,
            update_sync_day:int)
        create_VLAN(device:string,network:@network,VLAN:int)@PIF[]
        create_VLAN_from_PIF(pif:@PIF,network:@network,VLAN:int)@PIF[]
        create_new_blob(pool:@pool,name:string,mime_type:string,public:bool)@blob
        crl_install(name:string,cert:string) crl_list()string[] crl_uninstall(name:string)
        deconfigure_wlb() designate_new_master(host:@host)
        detect_nonhomogeneous_external_auth(pool:@pool)
        disable_client_certificate_auth(self:@pool)
        disable_external_auth(pool:@pool,config:{string>string}) disable_ha()
        disable_local_storage_caching(self:@pool) disable_redo_log()
        disable_repository_proxy(self:@pool) disable_ssl_legacy(self:@pool) eject(host:@host)
        emergency_reset_master(master_address:string) emergency_transition_to_master()
        enable_client_certificate_auth(self:@pool,name:string)
        enable_external_auth(pool:@pool,config:{string>string},service_name:string,
            auth_type:string)
        enable_ha(heartbeat_srs:@SR[],configuration:{string>string})
        enable_local_storage_caching(self:@pool) enable_redo_log(sr:@SR)
        enable_ssl_legacy(self:@pool) enable_tls_verification()
        get_license_state(self:@pool){string>string}
        ha_compute_hypothetical_max_host_failures_to_tolerate(configuration:{@VM>string})int
        ha_compute_max_host_failures_to_tolerate()int
        ha_compute_vm_failover_plan(failed_hosts:@host[],
            failed_vms:@VM[]){@VM>{string>string}}
        ha_failover_plan_exists(n:int)bool ha_prevent_restarts_for(seconds:int)
        has_extension(self:@pool,name:string)bool
        initialize_wlb(wlb_url:string,wlb_username:string,wlb_password:string,
            xenserver_username:string,xenserver_password:string)
        install_ca_certificate(name:string,cert:string) is_slave(host:@host)bool
        join(master_address:string,master_username:string,master_password:string)
        join_force(master_address:string,master_username:string,master_password:string)
        management_reconfigure(network:@network) recover_slaves()@host[]
        remove_from_guest_agent_config(self:@pool,key:string)
        remove_repository(self:@pool,value:@Repository) reset_telemetry_uuid(self:@pool)
        retrieve_wlb_configuration(){string>string} retrieve_wlb_recommendations(){@VM>string[]}
        rotate_secret() send_test_post(host:string,port:int,body:string)string
        send_wlb_configuration(config:{string>string})
        set_custom_uefi_certificates(self:@pool,value:string)
        set_ext_auth_max_threads(self:@pool,value:int)
        set_ha_host_failures_to_tolerate(self:@pool,value:int)
        set_https_only(self:@pool,value:bool) set_igmp_snooping_enabled(self:@pool,value:bool)
        set_local_auth_max_threads(self:@pool,value:int)
        set_repositories(self:@pool,value:@Repository[])
        set_telemetry_next_collection(self:@pool,value:datetime)
        set_uefi_certificates(self:@pool,value:string)
        set_update_sync_enabled(self:@pool,value:bool) set_vswitch_controller(address:string)
        sync_database() sync_updates(self:@pool,force:bool,token:string,token_id:string)string
        test_archive_target(self:@pool,config:{string>string})string
        uninstall_ca_certificate(name:string)
     )"},
    {"pool_update",
     R"(
        uuid:string +name_label:string +name_description:string +version:string
        +installation_size:int +key:string +after_apply_guidance:%update_after_apply_guidance[]
        +vdi:@VDI hosts:@host[] *other_config:{string>string} +enforce_homogeneity:bool
     )",
     R"(
        apply(self:@pool_update,host:@host) destroy(self:@pool_update)
        introduce(vdi:@VDI)@pool_update pool_apply(self:@pool_update)
        pool_clean(self:@pool_update) precheck(self:@pool_update,host:@host)%livepatch_status
     )"},
    {"VM",
     R"(
        uuid:string allowed_operations:%vm_operations[] current_operations:{string>%vm_operations}
        *name_label:string *name_description:string +power_state:%vm_power_state *user_version:int
        *is_a_template:bool is_default_template:bool +suspend_VDI:@VDI resident_on:@host
        scheduled_to_be_resident_on:@host *affinity:@host memory_overhead:int +memory_target:int
        +memory_static_max:int +memory_dynamic_max:int +memory_dynamic_min:int
        +memory_static_min:int *VCPUs_params:{string>string} +VCPUs_max:int +VCPUs_at_startup:int
        *actions_after_softreboot:%on_softreboot_behavior *actions_after_shutdown:%on_normal_exit
        *actions_after_reboot:%on_normal_exit=restart
        +actions_after_crash:%on_crash_behaviour=restart consoles:@console[] VIFs:@VIF[]
        VBDs:@VBD[] VUSBs:@VUSB[] crash_dumps:@crashdump[] VTPMs:@VTPM[] *PV_bootloader:string
        *PV_kernel:string *PV_ramdisk:string *PV_args:string *PV_bootloader_args:string
        *PV_legacy_args:string +HVM_boot_policy:string *HVM_boot_params:{string>string}
        +HVM_shadow_multiplier:float=1.0 *platform:{string>string} *PCI_bus:string
        *other_config:{string>string} domid:int domarch:string
        +last_boot_CPU_flags:{string>string} is_control_domain:bool metrics:@VM_metrics
        guest_metrics:@VM_guest_metrics +last_booted_record:string *recommendations:string
        *xenstore_data:{string>string} +ha_always_run:bool +ha_restart_priority:string
        is_a_snapshot:bool snapshot_of:@VM snapshots:@VM[] snapshot_time:datetime
        transportable_snapshot_id:string blobs:{string>@blob} *tags:string[]
        *blocked_operations:{%vm_operations>string} snapshot_info:{string>string}
        snapshot_metadata:string parent:@VM children:@VM[] bios_strings:{string>string}
        +protection_policy:@VMPP +is_snapshot_from_vmpp:bool +snapshot_schedule:@VMSS
        +is_vmss_snapshot:bool +appliance:@VM_appliance +start_delay:int +shutdown_delay:int
        +order:int VGPUs:@VGPU[] attached_PCIs:@PCI[] *suspend_SR:@SR +version:int
        +generation_id:string=0:0 *hardware_platform_version:int +has_vendor_device:bool
        requires_reboot:bool +reference_label:string +domain_type:%domain_type=unspecified
        +NVRAM:{string>string} pending_guidances:%update_guidances[]
        pending_guidances_recommended:%update_guidances[]
        pending_guidances_full:%update_guidances[] ?groups:@VM_group[]
     )",
     R"(
        add_to_NVRAM(self:@VM,key:string,value:string)
        add_to_VCPUs_params_live(self:@VM,key:string,value:string) assert_agile(self:@VM)
        assert_can_be_recovered(self:@VM,session_to:@session)
        assert_can_boot_here(self:@VM,host:@host)
        assert_can_migrate(vm:@VM,dest:{string>string},live:bool,vdi_map:{@VDI>@SR},
            vif_map:{@VIF>@network},options:{string>string},vgpu_map:{@VGPU>@GPU_group}={})
        assert_operation_valid(self:@VM,op:%vm_operations)
        call_plugin(vm:@VM,plugin:string,fn:string,args:{string>string})string
        checkpoint(vm:@VM,new_name:string)@VM clean_reboot(vm:@VM) clean_shutdown(vm:@VM)
        clone(vm:@VM,new_name:string)@VM compute_memory_overhead(vm:@VM)int
        copy(vm:@VM,new_name:string,sr:@SR)@VM copy_bios_strings(vm:@VM,host:@host)
        create(args:#VM)@VM create_new_blob(vm:@VM,name:string,mime_type:string,public:bool)@blob
        destroy(self:@VM) forget_data_source_archives(self:@VM,data_source:string)
        get_SRs_required_for_recovery(self:@VM,session_to:@session)@SR[]
        get_allowed_VBD_devices(vm:@VM)string[] get_allowed_VIF_devices(vm:@VM)string[]
        get_boot_record(self:@VM)#VM get_cooperative(self:@VM)bool
        get_data_sources(self:@VM)#data_source[] get_possible_hosts(vm:@VM)@host[]
        hard_reboot(vm:@VM) hard_shutdown(vm:@VM)
        import(url:string,sr:@SR,full_restore:bool,force:bool)@VM[]
        import_convert(type:string,username:string,password:string,sr:@SR,
            remote_config:{string>string})
        maximise_memory(self:@VM,total:int,approximate:bool)int
        migrate_send(vm:@VM,dest:{string>string},live:bool,vdi_map:{@VDI>@SR},
            vif_map:{@VIF>@network},options:{string>string},vgpu_map:{@VGPU>@GPU_group}={})@VM
        pause(vm:@VM) pool_migrate(vm:@VM,host:@host,options:{string>string})
        power_state_reset(vm:@VM) provision(vm:@VM)
        query_data_source(self:@VM,data_source:string)float
        query_services(self:@VM){string>string} record_data_source(self:@VM,data_source:string)
        recover(self:@VM,session_to:@session,force:bool) remove_from_NVRAM(self:@VM,key:string)
        restart_device_models(self:@VM) resume(vm:@VM,start_paused:bool,force:bool)
        resume_on(vm:@VM,host:@host,start_paused:bool,force:bool)
        retrieve_wlb_recommendations(vm:@VM){@host>string[]} revert(snapshot:@VM)
        send_sysrq(vm:@VM,key:string) send_trigger(vm:@VM,trigger:string)
        set_HVM_boot_policy(self:@VM,value:string) set_HVM_shadow_multiplier(self:@VM,value:float)
        set_NVRAM(self:@VM,value:{string>string}) set_VCPUs_at_startup(self:@VM,value:int)
        set_VCPUs_max(self:@VM,value:int) set_VCPUs_number_live(self:@VM,nvcpu:int)
        set_actions_after_crash(self:@VM,value:%on_crash_behaviour)
        set_appliance(self:@VM,value:@VM_appliance)
        set_bios_strings(self:@VM,value:{string>string})
        set_domain_type(self:@VM,value:%domain_type) set_ha_always_run(self:@VM,value:bool)
        set_ha_restart_priority(self:@VM,value:string) set_has_vendor_device(self:@VM,value:bool)
        set_memory(self:@VM,value:int) set_memory_dynamic_max(self:@VM,value:int)
        set_memory_dynamic_min(self:@VM,value:int)
        set_memory_dynamic_range(self:@VM,min:int,max:int)
        set_memory_limits(self:@VM,static_min:int,static_max:int,dynamic_min:int,dynamic_max:int)
        set_memory_static_max(self:@VM,value:int) set_memory_static_min(self:@VM,value:int)
        set_memory_static_range(self:@VM,min:int,max:int)
        set_memory_target_live(self:@VM,target:int) set_order(self:@VM,value:int)
        set_protection_policy(self:@VM,value:@VMPP)
        set_shadow_multiplier_live(self:@VM,multiplier:float)
        set_shutdown_delay(self:@VM,value:int) set_snapshot_schedule(self:@VM,value:@VMSS)
        set_start_delay(self:@VM,value:int) set_suspend_VDI(self:@VM,value:@VDI) shutdown(vm:@VM)
        snapshot(vm:@VM,new_name:string,ignore_vdis:@VDI[])@VM
        snapshot_with_quiesce(vm:@VM,new_name:string)@VM
        start(vm:@VM,start_paused:bool,force:bool)
        start_on(vm:@VM,host:@host,start_paused:bool,force:bool) suspend(vm:@VM) unpause(vm:@VM)
        update_allowed_operations(self:@VM) wait_memory_target_live(self:@VM)
     )"},
    {"VM_metrics",
     R"(
        uuid:string memory_actual:int VCPUs_number:int VCPUs_utilisation:{int>float}
        VCPUs_CPU:{int>int} VCPUs_params:{string>string} VCPUs_flags:{int>string[]} state:string[]
        start_time:datetime install_time:datetime last_updated:datetime
        *other_config:{string>string} hvm:bool nested_virt:bool nomigrate:bool
        current_domain_type:%domain_type=unspecified
     )",
     R"(
     )"},
    {"VM_guest_metrics",
     R"(
        uuid:string os_version:{string>string} PV_drivers_version:{string>string}
        PV_drivers_up_to_date:bool memory:{string>string} disks:{string>string}
        networks:{string>string} other:{string>string} last_updated:datetime
        *other_config:{string>string} live:bool can_use_hotplug_vbd:%tristate_type=unspecified
        can_use_hotplug_vif:%tristate_type=unspecified PV_drivers_detected:bool
     )",
     R"(
     )"},
    {"host",
     R"(
        uuid:string *name_label:string *name_description:string memory_overhead:int
        allowed_operations:%host_allowed_operations[]
        current_operations:{string>%host_allowed_operations} API_version_major:int
        API_version_minor:int API_version_vendor:string
        API_version_vendor_implementation:{string>string} enabled:bool
        +software_version:{string>string} *other_config:{string>string} +capabilities:string[]
        cpu_configuration:{string>string} sched_policy:string=credit
        supported_bootloaders:string[] resident_VMs:@VM[] *logging:{string>string} PIFs:@PIF[]
        *suspend_image_sr:@SR *crash_dump_sr:@SR crashdumps:@host_crashdump[]
        patches:@host_patch[] updates:@pool_update[] PBDs:@PBD[] host_CPUs:@host_cpu[]
        cpu_info:{string>string} *hostname:string *address:string metrics:@host_metrics
        license_params:{string>string} ha_statefiles:string[] ha_network_peers:string[]
        blobs:{string>@blob} *tags:string[] external_auth_type:string
        external_auth_service_name:string external_auth_configuration:{string>string}
        edition:string=free *license_server:{string>string} bios_strings:{string>string}
        power_on_mode:string power_on_config:{string>string} +local_cache_sr:@SR
        chipset_info:{string>string} PCIs:@PCI[] PGPUs:@PGPU[] PUSBs:@PUSB[] +ssl_legacy:bool
        *guest_VCPUs_params:{string>string} *display:%host_display
        virtual_hardware_platform_versions:int[] control_domain:@VM
        updates_requiring_reboot:@pool_update[] features:@Feature[] +iscsi_iqn:string
        +multipathing:bool +uefi_certificates:string certificates:@Certificate[] editions:string[]
        pending_guidances:%update_guidances[] tls_verification_enabled:bool
        last_software_update:datetime https_only:bool
        latest_synced_updates_applied:%latest_synced_updates_applied_state=unknown
        numa_affinity_policy:%host_numa_affinity_policy=default_policy
        pending_guidances_recommended:%update_guidances[]
        pending_guidances_full:%update_guidances[] last_update_hash:string
     )",
     R"(
        apply_edition(host:@host,edition:string,force:bool)
        apply_recommended_guidances(self:@host) apply_updates(self:@host,hash:string)string[][]
        assert_can_evacuate(host:@host) backup_rrds(host:@host,delay:float)
        bugreport_upload(host:@host,url:string,options:{string>string})
        call_extension(host:@host,call:string)string
        call_plugin(host:@host,plugin:string,fn:string,args:{string>string})string
        compute_free_memory(host:@host)int compute_memory_overhead(host:@host)int
        create_new_blob(host:@host,name:string,mime_type:string,public:bool)@blob
        declare_dead(host:@host) destroy(self:@host) disable(host:@host,auto_enable:bool=true)
        disable_display(host:@host)%host_display
        disable_external_auth(host:@host,config:{string>string})
        disable_local_storage_caching(host:@host) dmesg(host:@host)string
        dmesg_clear(host:@host)string emergency_clear_mandatory_guidance()
        emergency_disable_tls_verification() emergency_ha_disable(soft:bool)
        emergency_reenable_tls_verification() emergency_reset_server_certificate()
        enable(host:@host) enable_display(host:@host)%host_display
        enable_external_auth(host:@host,config:{string>string},service_name:string,
            auth_type:string)
        enable_local_storage_caching(host:@host,sr:@SR)
        evacuate(host:@host,network:@network=OpaqueRef:NULL,evacuate_batch_size:int=0)
        forget_data_source_archives(host:@host,data_source:string)
        get_data_sources(host:@host)#data_source[] get_log(host:@host)string
        get_management_interface(host:@host)@PIF get_sched_gran(self:@host)%host_sched_gran
        get_server_certificate(host:@host)string get_server_localtime(host:@host)datetime
        get_servertime(host:@host)datetime get_system_status_capabilities(host:@host)string
        get_uncooperative_resident_VMs(self:@host)@VM[]
        get_vms_which_prevent_evacuation(self:@host){@VM>string[]}
        has_extension(host:@host,name:string)bool
        install_server_certificate(host:@host,certificate:string,private_key:string,
            certificate_chain:string)
        is_in_emergency_mode()bool
        license_add(host:@host,contents:string) license_apply(host:@host,contents:string)
        license_remove(host:@host) list_methods()string[]
        local_management_reconfigure(interface:string) management_disable()
        management_reconfigure(pif:@PIF)
        migrate_receive(host:@host,network:@network,options:{string>string}){string>string}
        power_on(host:@host) query_data_source(host:@host,data_source:string)float
        reboot(host:@host) record_data_source(host:@host,data_source:string)
        refresh_pack_info(host:@host) refresh_server_certificate(host:@host)
        reset_cpu_features(host:@host) reset_server_certificate(host:@host)
        restart_agent(host:@host) retrieve_wlb_evacuate_recommendations(self:@host){@VM>string[]}
        send_debug_keys(host:@host,keys:string) set_cpu_features(host:@host,features:string)
        set_hostname_live(host:@host,hostname:string) set_https_only(self:@host,value:bool)
        set_iscsi_iqn(host:@host,value:string) set_multipathing(host:@host,value:bool)
        set_numa_affinity_policy(self:@host,value:%host_numa_affinity_policy)
        set_power_on_mode(self:@host,power_on_mode:string,power_on_config:{string>string})
        set_sched_gran(self:@host,value:%host_sched_gran) set_ssl_legacy(self:@host,value:bool)
        set_uefi_certificates(host:@host,value:string) shutdown(host:@host) shutdown_agent()
        sync_data(host:@host) syslog_reconfigure(host:@host)
     )"},
    {"host_metrics",
     R"(
        uuid:string memory_total:int memory_free:int live:bool last_updated:datetime
        *other_config:{string>string}
     )",
     R"(
     )"},
    {"host_cpu",
     R"(
        uuid:string host:@host number:int vendor:string speed:int modelname:string family:int
        model:int stepping:string flags:string features:string utilisation:float
        *other_config:{string>string}
     )",
     R"(
     )"},
    {"network",
     R"(
        uuid:string *name_label:string *name_description:string
        allowed_operations:%network_operations[] current_operations:{string>%network_operations}
        VIFs:@VIF[] PIFs:@PIF[] *MTU:int=1500 *other_config:{string>string} +bridge:string
        +managed:bool=true blobs:{string>@blob} *tags:string[]
        default_locking_mode:%network_default_locking_mode assigned_ips:{@VIF>string}
        purpose:%network_purpose[]
     )",
     R"(
        add_purpose(self:@network,value:%network_purpose) create(args:#network)@network
        create_new_blob(network:@network,name:string,mime_type:string,public:bool)@blob
        destroy(self:@network) remove_purpose(self:@network,value:%network_purpose)
        set_default_locking_mode(network:@network,value:%network_default_locking_mode)
     )"},
    {"VIF",
     R"(
        uuid:string allowed_operations:%vif_operations[]
        current_operations:{string>%vif_operations} +device:string +network:@network +VM:@VM
        +MAC:string +MTU:int=1500 *other_config:{string>string} +currently_attached:bool
        status_code:int status_detail:string runtime_properties:{string>string}
        *qos_algorithm_type:string *qos_algorithm_params:{string>string}
        qos_supported_algorithms:string[] metrics:@VIF_metrics MAC_autogenerated:bool
        +locking_mode:%vif_locking_mode +ipv4_allowed:string[] +ipv6_allowed:string[]
        ipv4_configuration_mode:%vif_ipv4_configuration_mode ipv4_addresses:string[]
        ipv4_gateway:string ipv6_configuration_mode:%vif_ipv6_configuration_mode
        ipv6_addresses:string[] ipv6_gateway:string
     )",
     R"(
        add_ipv4_allowed(self:@VIF,value:string) add_ipv6_allowed(self:@VIF,value:string)
        configure_ipv4(self:@VIF,mode:%vif_ipv4_configuration_mode,address:string,gateway:string)
        configure_ipv6(self:@VIF,mode:%vif_ipv6_configuration_mode,address:string,gateway:string)
        create(args:#VIF)@VIF destroy(self:@VIF) move(self:@VIF,network:@network) plug(self:@VIF)
        remove_ipv4_allowed(self:@VIF,value:string) remove_ipv6_allowed(self:@VIF,value:string)
        set_ipv4_allowed(self:@VIF,value:string[]) set_ipv6_allowed(self:@VIF,value:string[])
        set_locking_mode(self:@VIF,value:%vif_locking_mode) unplug(self:@VIF)
        unplug_force(self:@VIF)
     )"},
    {"PIF",
     R"(
        uuid:string +device:string +network:@network +host:@host +MAC:string +MTU:int=1500
        +VLAN:int=-1 metrics:@PIF_metrics physical:bool currently_attached:bool
        ip_configuration_mode:%ip_configuration_mode IP:string netmask:string gateway:string
        DNS:string bond_slave_of:@Bond bond_master_of:@Bond[] VLAN_master_of:@VLAN
        VLAN_slave_of:@VLAN[] management:bool *other_config:{string>string} disallow_unplug:bool
        tunnel_access_PIF_of:@tunnel[] tunnel_transport_PIF_of:@tunnel[]
        ipv6_configuration_mode:%ipv6_configuration_mode IPv6:string[] ipv6_gateway:string
        primary_address_type:%primary_address_type +managed:bool=true properties:{string>string}
        capabilities:string[] igmp_snooping_status:%pif_igmp_status=unknown
        sriov_physical_PIF_of:@network_sriov[] sriov_logical_PIF_of:@network_sriov[] PCI:@PCI
     )",
     R"(
        create_VLAN(device:string,network:@network,host:@host,VLAN:int)@PIF db_forget(self:@PIF)
        db_introduce(device:string,network:@network,host:@host,MAC:string,MTU:int,VLAN:int,
            physical:bool,ip_configuration_mode:%ip_configuration_mode,IP:string,netmask:string,
            gateway:string,DNS:string,bond_slave_of:@Bond,VLAN_master_of:@VLAN,management:bool,
            other_config:{string>string},disallow_unplug:bool,
            ipv6_configuration_mode:%ipv6_configuration_mode,IPv6:string[],ipv6_gateway:string,
            primary_address_type:%primary_address_type,managed:bool,
            properties:{string>string})@PIF
        destroy(self:@PIF) forget(self:@PIF)
        introduce(host:@host,MAC:string,device:string,managed:bool)@PIF plug(self:@PIF)
        reconfigure_ip(self:@PIF,mode:%ip_configuration_mode,IP:string,netmask:string,
            gateway:string,DNS:string)
        reconfigure_ipv6(self:@PIF,mode:%ipv6_configuration_mode,IPv6:string,gateway:string,
            DNS:string)
        scan(host:@host) set_disallow_unplug(self:@PIF,value:bool)
        set_primary_address_type(self:@PIF,primary_address_type:%primary_address_type)
        set_property(self:@PIF,name:string,value:string) unplug(self:@PIF)
     )"},
    {"PIF_metrics",
     R"(
        uuid:string io_read_kbs:float io_write_kbs:float carrier:bool vendor_id:string
        vendor_name:string device_id:string device_name:string speed:int duplex:bool
        pci_bus_path:string last_updated:datetime *other_config:{string>string}
     )",
     R"(
     )"},
    {"SR",
     R"(
        uuid:string +name_label:string +name_description:string
        allowed_operations:%storage_operations[] current_operations:{string>%storage_operations}
        VDIs:@VDI[] PBDs:@PBD[] virtual_allocation:int physical_utilisation:int +physical_size:int
        +type:string +content_type:string shared:bool *other_config:{string>string} *tags:string[]
        *sm_config:{string>string} blobs:{string>@blob} local_cache_enabled:bool
        introduced_by:@DR_task clustered:bool is_tools_sr:bool
     )",
     R"(
        assert_can_host_ha_statefile(sr:@SR) assert_supports_database_replication(sr:@SR)
        create(host:@host,device_config:{string>string},physical_size:int,name_label:string,
            name_description:string,type:string,content_type:string,shared:bool,
            sm_config:{string>string})@SR
        create_new_blob(sr:@SR,name:string,mime_type:string,public:bool)@blob destroy(sr:@SR)
        disable_database_replication(sr:@SR) enable_database_replication(sr:@SR) forget(sr:@SR)
        forget_data_source_archives(sr:@SR,data_source:string)
        get_data_sources(sr:@SR)#data_source[] get_supported_types()string[]
        introduce(uuid:string,name_label:string,name_description:string,type:string,
            content_type:string,shared:bool,sm_config:{string>string})@SR
        make(host:@host,device_config:{string>string},physical_size:int,name_label:string,
            name_description:string,type:string,content_type:string,
            sm_config:{string>string})string
        probe(host:@host,device_config:{string>string},type:string,
            sm_config:{string>string})string
        probe_ext(host:@host,device_config:{string>string},type:string,
            sm_config:{string>string})#probe_result[]
        query_data_source(sr:@SR,data_source:string)float
        record_data_source(sr:@SR,data_source:string) scan(sr:@SR)
        set_name_description(sr:@SR,value:string) set_name_label(sr:@SR,value:string)
        set_physical_size(self:@SR,value:int) set_shared(sr:@SR,value:bool) update(sr:@SR)
     )"},
    {"VDI",
     R"(
        uuid:string +name_label:string +name_description:string
        allowed_operations:%vdi_operations[] current_operations:{string>%vdi_operations} +SR:@SR
        VBDs:@VBD[] crash_dumps:@crashdump[] +virtual_size:int physical_utilisation:int
        +type:%vdi_type=user +sharable:bool +read_only:bool *other_config:{string>string}
        storage_lock:bool location:string managed:bool=true missing:bool parent:@VDI
        *xenstore_data:{string>string} *sm_config:{string>string} is_a_snapshot:bool
        snapshot_of:@VDI snapshots:@VDI[] snapshot_time:datetime *tags:string[] allow_caching:bool
        on_boot:%on_boot=persist metadata_of_pool:@pool metadata_latest:bool is_tools_iso:bool
        cbt_enabled:bool
     )",
     R"(
        clone(vdi:@VDI,driver_params:{string>string})@VDI
        copy(vdi:@VDI,sr:@SR,base_vdi:@VDI,into_vdi:@VDI)@VDI create(args:#VDI)@VDI
        data_destroy(self:@VDI) destroy(self:@VDI) disable_cbt(self:@VDI) enable_cbt(self:@VDI)
        forget(vdi:@VDI) get_nbd_info(self:@VDI)#vdi_nbd_server_info[]
        introduce(uuid:string,name_label:string,name_description:string,SR:@SR,type:%vdi_type,
            sharable:bool,read_only:bool,other_config:{string>string},location:string,
            xenstore_data:{string>string},sm_config:{string>string},managed:bool,virtual_size:int,
            physical_utilisation:int,metadata_of_pool:@pool,is_a_snapshot:bool,
            snapshot_time:datetime,snapshot_of:@VDI)@VDI
        list_changed_blocks(vdi_from:@VDI,vdi_to:@VDI)string open_database(self:@VDI)@session
        pool_migrate(vdi:@VDI,sr:@SR,options:{string>string})@VDI
        read_database_pool_uuid(self:@VDI)string resize(vdi:@VDI,size:int)
        resize_online(vdi:@VDI,size:int) set_allow_caching(self:@VDI,value:bool)
        set_name_description(self:@VDI,value:string) set_name_label(self:@VDI,value:string)
        set_on_boot(self:@VDI,value:%on_boot) set_read_only(self:@VDI,value:bool)
        set_sharable(self:@VDI,value:bool) snapshot(vdi:@VDI,driver_params:{string>string})@VDI
        update(vdi:@VDI)
     )"},
    {"VBD",
     R"(
        uuid:string allowed_operations:%vbd_operations[]
        current_operations:{string>%vbd_operations} +VM:@VM +VDI:@VDI +device:string
        *userdevice:string *bootable:bool +mode:%vbd_mode=RW *type:%vbd_type=Disk
        *unpluggable:bool=true storage_lock:bool +empty:bool *other_config:{string>string}
        +currently_attached:bool status_code:int status_detail:string
        runtime_properties:{string>string} *qos_algorithm_type:string
        *qos_algorithm_params:{string>string} qos_supported_algorithms:string[]
        metrics:@VBD_metrics
     )",
     R"(
        assert_attachable(self:@VBD) create(args:#VBD)@VBD destroy(self:@VBD) eject(vbd:@VBD)
        insert(vbd:@VBD,vdi:@VDI) plug(self:@VBD) set_mode(self:@VBD,value:%vbd_mode)
        unplug(self:@VBD) unplug_force(self:@VBD)
     )"},
    {"PBD",
     R"(
        uuid:string +host:@host +SR:@SR +device_config:{string>string} currently_attached:bool
        *other_config:{string>string}
     )",
     R"(
        create(args:#PBD)@PBD destroy(self:@PBD) plug(self:@PBD)
        set_device_config(self:@PBD,value:{string>string}) unplug(self:@PBD)
     )"},
    {"message",
     R"(
        uuid:string name:string priority:int cls:%cls obj_uuid:string timestamp:datetime
        body:string
     )",
     R"(
        create(name:string,priority:int,cls:%cls,obj_uuid:string,body:string)@message
        destroy(self:@message) destroy_many(messages:@message[])
        get(cls:%cls,obj_uuid:string,since:datetime){@message>#message}
        get_all_records_where(expr:string){@message>#message}
        get_since(since:datetime){@message>#message}
     )"},
    {"PCI",
     R"(
        uuid:string +class_name:string +vendor_name:string +device_name:string +host:@host
        +pci_id:string dependencies:@PCI[] *other_config:{string>string}
        +subsystem_vendor_name:string +subsystem_device_name:string +driver_name:string
     )",
     R"(
     )"},
    {"VGPU",
     R"(
        uuid:string VM:@VM GPU_group:@GPU_group device:string currently_attached:bool
        *other_config:{string>string} type:@VGPU_type resident_on:@PGPU
        scheduled_to_be_resident_on:@PGPU compatibility_metadata:{string>string}
        *extra_args:string PCI:@PCI
     )",
     R"(
        create(VM:@VM,GPU_group:@GPU_group,device:string,other_config:{string>string},
            type:@VGPU_type)@VGPU
        destroy(self:@VGPU)
     )"},
    {"VUSB",
     R"(
        uuid:string allowed_operations:%vusb_operations[]
        current_operations:{string>%vusb_operations} VM:@VM USB_group:@USB_group
        *other_config:{string>string} currently_attached:bool
     )",
     R"(
        create(VM:@VM,USB_group:@USB_group,other_config:{string>string})@VUSB destroy(self:@VUSB)
        unplug(self:@VUSB)
     )"},
    {"?VM_group",
     R"(
        uuid:string *name_label:string *name_description:string +placement:%placement_policy
        VMs:@VM[]
     )",
     R"(
        create(name_label:string,name_description:string,placement:%placement_policy)@VM_group
        destroy(self:@VM_group)
     )"},
};

constexpr EnumText enum_texts[]{
    {"cls", "VM Host SR Pool VMPP VMSS PVS_proxy VDI Certificate"},
    {"domain_type", "hvm pv pv_in_pvh pvh unspecified"},
    {"event_operation", "add del mod"},
    {"host_allowed_operations",
     "provision evacuate shutdown reboot power_on vm_start vm_resume vm_migrate "
     "apply_updates enable"},
    {"host_display", "enabled disable_on_reboot disabled enable_on_reboot"},
    {"host_numa_affinity_policy", "any best_effort default_policy"},
    {"host_sched_gran", "core cpu socket"},
    {"ip_configuration_mode", "None DHCP Static"},
    {"ipv6_configuration_mode", "None DHCP Static Autoconf"},
    {"latest_synced_updates_applied_state", "yes no unknown"},
    {"livepatch_status", "ok_livepatch_complete ok_livepatch_incomplete ok"},
    {"network_default_locking_mode", "unlocked disabled"},
    {"network_operations", "attaching"},
    {"network_purpose", "nbd insecure_nbd"},
    {"on_boot", "reset persist"},
    {"on_crash_behaviour",
     "destroy coredump_and_destroy restart coredump_and_restart preserve rename_restart"},
    {"on_normal_exit", "destroy restart"},
    {"on_softreboot_behavior", "soft_reboot destroy restart preserve"},
    {"pif_igmp_status", "enabled disabled unknown"},
    {"placement_policy", "normal anti_affinity"},
    {"pool_allowed_operations",
     "ha_enable ha_disable cluster_create designate_new_master configure_repositories "
     "sync_updates get_updates apply_updates tls_verification_enable cert_refresh "
     "exchange_certificates_on_join exchange_ca_certificates_on_join "
     "copy_primary_host_certs eject"},
    {"primary_address_type", "IPv4 IPv6"},
    {"storage_operations",
     "scan destroy forget plug unplug update vdi_create vdi_introduce vdi_destroy "
     "vdi_resize vdi_clone vdi_snapshot vdi_mirror vdi_enable_cbt vdi_disable_cbt "
     "vdi_data_destroy vdi_list_changed_blocks vdi_set_on_boot pbd_create pbd_destroy"},
    {"task_allowed_operations", "cancel destroy"},
    {"task_status_type", "pending success failure cancelling cancelled"},
    {"telemetry_frequency", "daily weekly monthly"},
    {"tristate_type", "yes no unspecified"},
    {"update_after_apply_guidance", "restartHVM restartPV restartHost restartXAPI"},
    {"update_guidances",
     "reboot_host reboot_host_on_livepatch_failure reboot_host_on_kernel_livepatch_failure "
     "reboot_host_on_xen_livepatch_failure restart_toolstack restart_device_model "
     "restart_vm"},
    {"update_sync_frequency", "daily weekly"},
    {"vbd_mode", "RO RW"},
    {"vbd_operations", "attach eject insert plug unplug unplug_force pause unpause"},
    {"vbd_type", "CD Disk Floppy"},
    {"vdi_operations",
     "clone copy resize resize_online snapshot mirror destroy forget update force_unlock "
     "generate_config enable_cbt disable_cbt data_destroy list_changed_blocks set_on_boot "
     "blocked"},
    {"vdi_type",
     "system user ephemeral suspend crashdump ha_statefile metadata redo_log rrd pvs_cache "
     "cbt_metadata"},
    {"vif_ipv4_configuration_mode", "None Static"},
    {"vif_ipv6_configuration_mode", "None Static"},
    {"vif_locking_mode", "network_default locked unlocked disabled"},
    {"vif_operations", "attach plug unplug"},
    {"vm_operations",
     "snapshot clone copy create_template revert checkpoint snapshot_with_quiesce "
     "provision start start_on pause unpause clean_shutdown clean_reboot hard_shutdown "
     "power_state_reset hard_reboot suspend csvm resume resume_on pool_migrate "
     "migrate_send get_boot_record send_sysrq send_trigger query_services shutdown "
     "call_plugin changing_memory_live awaiting_memory_live changing_dynamic_range "
     "changing_static_range changing_memory_limits changing_shadow_memory "
     "changing_shadow_memory_live changing_VCPUs changing_VCPUs_live changing_NVRAM "
     "assert_operation_valid data_source_op update_allowed_operations make_into_template "
     "import export metadata_export reverting destroy create_vtpm"},
    {"vm_power_state", "Halted Paused Running Suspended"},
    {"vusb_operations", "attach plug unplug"},
};

// Classes of xapi 24 that no object here has; event.from counts them all the same.
constexpr std::string_view other_class_names =
    "auth blob bond certificate cluster cluster_host console crashdump data_source "
    "diagnostics dr_task feature gpu_group host_crashdump host_patch lvhd network_sriov "
    "observer pgpu pool_patch probe_result pusb pvs_cache_storage pvs_proxy pvs_server "
    "pvs_site repository role sdn_controller secret sm sr_stat subject tunnel usb_group user "
    "vbd_metrics vdi_nbd_server_info vgpu_type vif_metrics vlan vm_appliance vmpp vmss vtpm";

}  // namespace

std::span<const ClassText> schema_classes() { return class_texts; }
std::span<const EnumText> schema_enums() { return enum_texts; }
std::string_view schema_other_classes() { return other_class_names; }

}  // namespace vacate::poolserver
