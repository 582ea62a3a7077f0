/** As much of WebAssembly as is used here: it is a part of Node, but its types come only with those of browsers. */
declare namespace WebAssembly {
  interface Module {
    readonly exports?: never
  }
  class Memory {
    constructor(size: { readonly initial: number; readonly maximum: number })
  }
  function compile(bytes: Uint8Array): Promise<Module>
}
