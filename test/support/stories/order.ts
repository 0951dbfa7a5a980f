/** The order of the stories, by the names of their files: they share one cluster, and the last ones take the webhook away. */
export const stories: readonly string[] = [
  'training',
  'sharing',
  'mesh',
  'rules',
  'not-asked-for',
  'mistakes',
  'crashes',
  'helm-test',
  'static-volumes',
  'upgrade',
  'outage',
  'uninstall',
];
