import type { RouteReply } from '../../../core/route.ts'
import { type CommandCall, CommandError, done, lineOf } from './command-call.ts'
import { deleteMessages, markRead, sendMessages, updateMessages } from './message-commands.ts'
import { authorizationPage, forgetChosen, forgetUser, oauthInformation } from './oauth/commands.ts'
import { providerOf } from './oauth/oauth.ts'
import {
  deleteConnector,
  deleteLine,
  formInformation,
  infoConnect,
  infoConnectLink,
  infoConnectorsLine,
  listConnectors,
  readSettings,
  register,
  saveDomainSite,
  saveSettings,
  testConnect,
  unregister,
} from './settings-commands.ts'

export type RunCommand = (call: CommandCall) => Promise<RouteReply>

/** What needs no act of the hub's. */
const NOTHING: RunCommand = async () => await Promise.resolve(done())
/** The same of a command whose answer isn't read. */
const NOTHING_STORED: RunCommand = async () => await Promise.resolve({ status: 200 })

/**
 * Commands by their names in small letters, as the module compares them. Those that are sent inside of the hub's own posts
 * (setStatusDelivered) wait for nothing.
 */
const COMMANDS: Readonly<Record<string, RunCommand>> = {
  sendmessage: sendMessages,
  updatemessage: updateMessages,
  deletemessage: deleteMessages,
  setstatusreading: markRead,
  setstatusdelivered: NOTHING_STORED,
  initializereceivemessages: NOTHING_STORED,
  savesettings: saveSettings,
  savesettingsbotframework: saveSettings,
  readsettings: readSettings,
  testconnect: testConnect,
  register,
  unregister,
  update: NOTHING,
  delete: NOTHING,
  deleteconnector: deleteConnector,
  deleteline: deleteLine,
  infoconnect: infoConnect,
  infoconnectlink: infoConnectLink,
  infoconnectorsline: infoConnectorsLine,
  getauthorizationinformation: authorizationInformation,
  authorizationpage: authorizationPage,
  delpageactive: forgetChosen,
  delgroupoauth: forgetChosen,
  deluseractive: forgetUser,
  deluseroauth: forgetUser,
  listconnector: listConnectors,
  savedomainsite: saveDomainSite,
  startsession: NOTHING,
  finishsession: NOTHING,
  registereshop: NOTHING,
  setmessagereplyreception: NOTHING,
  operatoropennewdialog: NOTHING,
}

/** Those whose answer the module doesn't read. */
const NOT_AWAITED: ReadonlySet<string> = new Set([
  'sendmessage',
  'updatemessage',
  'deletemessage',
  'setstatusdelivered',
  'setstatusreading',
  'initializereceivemessages',
])

export function isAwaited(command: string): boolean {
  return !NOT_AWAITED.has(command.toLowerCase())
}

/** Throws CommandError, and what remote methods throw. */
export async function runCommand(call: CommandCall): Promise<RouteReply> {
  const name = call.command.command.toLowerCase()
  const run = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!run) throw new CommandError('COMMAND_NOT_SUPPORTED', 'the hub does not know this command')
  return await run(call)
}

async function authorizationInformation(call: CommandCall): Promise<RouteReply> {
  const provider = providerOf(lineOf(call).connector)
  return provider ? await oauthInformation(call, provider) : await formInformation(call)
}
