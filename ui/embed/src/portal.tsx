// The page behind a portal link: the panel for those who embed nothing.

export {};
