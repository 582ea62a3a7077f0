/** How many rows are done, of all. */
export type Progress = (done: number, total: number) => void
