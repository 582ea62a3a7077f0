import type { Refusal, Route } from '../../core/route.ts'
import type { JobsDoor } from './jobs-door.ts'
import type { NotificationDoor } from './notification-door.ts'

/** Where other systems than the portal ask for something. */
export function endpointRoutes(notifications: NotificationDoor, jobs: JobsDoor): Route[] {
  return [
    {
      method: 'POST',
      path: '/bots/:botId/jobs/schedule',
      answer: (request) => jobs.take(request),
      refuse: ({ message: problem }) => inForm({ errors: [{ field: 'request', problem }] }),
    },
    {
      method: 'ANY',
      path: '/notification/:address/chat',
      answer: (request) => notifications.take(request),
      refuse: sayStatus,
    },
    {
      method: 'GET',
      path: '/notification/:address/tasks/:taskId',
      answer: (request) => notifications.show(request),
      refuse: sayStatus,
    },
  ]
}

function sayStatus({ message }: Refusal) {
  return inForm({ status: message })
}

function inForm(body: object) {
  return {
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json; charset=utf-8' },
  }
}
