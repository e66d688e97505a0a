/** Files that the build turns into `data:` URLs. */
declare module "*?url&inline" {
  const url: string;
  export default url;
}
