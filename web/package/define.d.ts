/** Importing this module registers the elements under their names. A name that is taken stays as it is. */
export {};
