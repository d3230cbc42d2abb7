// What the page of keys says around the panel.

export const words = {
  title: "API keys",
  about: "What your programs call APIs with. A key is shown once, when it is made.",
  owners: "Whose keys",
  mine: "Mine",
  all: "All owners",
  unknown: "There are no keys to see here",
  unknownWhy: "You are not in this team, or may not manage its keys: an admin of the team can let you.",
  noKey: "There is no such key",
  noKeyWhy: "It was removed, or it belongs to somebody whose keys you may not see.",
  back: "Go to my keys",
};
