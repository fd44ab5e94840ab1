// Plays a part of what Xen Orchestra does, by its own client library: logs in, follows all objects
// by events, reads every class, migrates a VM and follows the task. Ends with 1 and a reason.
// Usage: node client.mjs URL USER, the password on standard input
import { readFileSync } from 'node:fs'
import { createClient } from 'xen-api'

const [url, username] = process.argv.slice(2)
const password = readFileSync(0, 'utf8').trim()

const check = (condition, ...words) => {
  if (!condition) throw new Error(words.join(' '))
}
const limit = (promise, what) =>
  Promise.race([
    promise,
    new Promise((_, refuse) => {
      setTimeout(() => refuse(new Error(`nothing happened: ${what}`)), 120e3).unref()
    }),
  ])

/// Calls `act` with each state of the object, the present one first, until it gives true.
const until = (xapi, ref, act, what) =>
  limit(
    new Promise((resolve, refuse) => {
      const look = () => {
        try {
          if (act(xapi.getObject(ref))) resolve()
        } catch (error) {
          refuse(error)
        }
      }
      xapi.objects.on('update', look)
      look()
    }),
    what
  )

// The records that a call gives are those that events brought.
const readEverything = async xapi => {
  let count = 0
  for (const type of xapi._types) {
    const records = await xapi.getAllRecords(type)
    for (const record of records) {
      check(record.$type === type, 'a record of', record.$type, 'among those of', type)
      check(record.$ref.startsWith('OpaqueRef:'), 'no reference:', record.$ref)
      const again = await xapi.getRecord(type, record.$ref)
      check(again.uuid === record.uuid, type, record.$ref, 'has two identities')
      if (type !== 'task' && type !== 'session') {
        const known = xapi.getObject(record.$ref, undefined)
        check(known !== undefined, type, record.$ref, 'came by no event')
        check(known.uuid === record.uuid, type, record.$ref, 'is another one by events')
      }
      ++count
    }
  }
  return count
}

// The first VM that may live on another host too.
const findMove = async xapi => {
  for (const vm of Object.values(xapi.objects.indexes.type.VM)) {
    if (vm.power_state !== 'Running' || vm.is_control_domain || vm.is_a_template) continue
    const hosts = await xapi.call('VM.get_possible_hosts', vm.$ref)
    const to = hosts.find(host => host !== vm.resident_on)
    if (to !== undefined && vm.allowed_operations.includes('pool_migrate')) return { vm, to }
  }
  throw new Error('no VM may move')
}

const migrate = async xapi => {
  const { vm, to } = await findMove(xapi)
  const from = vm.resident_on
  check(vm.$resident_on.$type === 'host', 'resident_on leads to no host')

  const seen = []
  const note = () => {
    const now = xapi.getObject(vm.$ref).resident_on
    if (seen[seen.length - 1] !== now) seen.push(now)
  }
  note()
  xapi.objects.on('update', note)
  const task = await xapi.call('Async.VM.pool_migrate', vm.$ref, to, { live: 'true' })
  await until(xapi, vm.$ref, now => task in now.current_operations, 'current_operations')
  const result = await limit(xapi.watchTask(task), 'the end of the task')
  check(result === '', 'a migration gave', JSON.stringify(result))
  await until(xapi, vm.$ref, now => now.resident_on === to, 'resident_on by event')
  check(seen.join() === [from, to].join(), 'resident_on went through', seen.join())
  await until(xapi, to, host => host.resident_VMs.includes(vm.$ref), 'resident_VMs of the target')
  await until(xapi, from, host => !host.resident_VMs.includes(vm.$ref), 'of the source')
  check((await xapi.getField('task', task, 'progress')) === 1, 'the progress of what has ended')
  await xapi.call('task.destroy', task)
  return vm.name_label
}

const refuse = async xapi => {
  const { vm } = await findMove(xapi)
  const bad = 'OpaqueRef:00000000-0000-0000-0000-000000000000'
  const error = await xapi.callAsync('VM.pool_migrate', vm.$ref, bad, {}).then(() => {}, e => e)
  check(error?.code === 'HANDLE_INVALID', 'a wrong host was answered by', error?.code)
  check(error.params.join() === ['host', bad].join(), 'wrong parameters:', error.params)
}

const run = async transport => {
  const xapi = createClient({
    url,
    auth: { user: username, password },
    allowUnauthorized: true,
    transport,
    debounce: 20,
  })
  xapi.on('eventFetchingError', error => {
    if (xapi.status === 'connected') throw error
  })
  await xapi.connect()
  await limit(xapi.objectsFetched, 'the first objects')
  check(xapi._types.length >= 20, 'only', xapi._types.length, 'classes')
  check(xapi.pool.$master.$type === 'host', 'the pool has no coordinator')
  const count = await readEverything(xapi)
  const moved = await migrate(xapi)
  await refuse(xapi)
  await xapi.barrier()
  await xapi.disconnect()
  console.log(`${transport}: ${count} records of ${xapi._types.length} classes; ${moved} moved`)
}

try {
  for (const transport of ['auto', 'json-rpc', 'xml-rpc']) await run(transport)
  process.exit(0)
} catch (error) {
  console.error('failed:', error)
  process.exit(1)
}
