// Shared with plugins as they are; nothing here looks inside.
declare module 'prismjs';
declare module 'slate';
declare module 'slate-plain-serializer';
