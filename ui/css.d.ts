// A style sheet is imported as its text, and adopted by the document or shadow root that needs it (parts/src/surface.tsx).
declare module "*.css" {
  const text: string;
  export default text;
}
