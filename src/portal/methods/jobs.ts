import {
  jobPageShape,
  jobParams,
  jobShape,
  listJobsParams,
  scheduledShape,
  scheduleJobParams,
} from '../../core/shapes/job.ts'
import { commMethod } from './scripts.ts'

const scheduleJob = commMethod(
  'scheduleJob',
  {
    summary: 'runs a script, trigger or broadcast now, later or again and again',
    params: scheduleJobParams,
    result: scheduledShape,
  },
  ({ jobs }, place, params) => jobs.schedule(place, params),
)

const getJob = commMethod(
  'getJob',
  { summary: 'what has become of a job', params: jobParams, result: jobShape },
  ({ jobs }, place, { id }) => jobs.get(place, id),
)

const cancelJob = commMethod(
  'cancelJob',
  {
    summary: 'ends a job that has not ended, with all further times of one that repeats',
    params: jobParams,
    result: jobShape,
  },
  ({ jobs }, place, { id }) => jobs.cancel(place, id),
)

const listJobs = commMethod(
  'listJobs',
  { summary: "the line's jobs, the newest first", params: listJobsParams, result: jobPageShape },
  ({ jobs }, place, params) => jobs.list(place, params),
)

export const JOB_METHODS = [scheduleJob, getJob, cancelJob, listJobs] as const
