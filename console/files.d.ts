/** What the bundler makes of files that are no code. */
declare module '*.css'
declare module '*.svg' {
  const url: string
  export default url
}
