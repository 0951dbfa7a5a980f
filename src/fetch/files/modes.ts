/** The modes of what is shared on the volume: several users of one group write there, and each must be able to go on. */

/** Others may enter (a root-squashed kubelet does), the group may write, and what is made below inherits the group. */
export const folderMode = 0o2775;
/** The group may write: only then may a second user of the group hard-link the file (protected_hardlinks). */
export const fileMode = 0o664;
