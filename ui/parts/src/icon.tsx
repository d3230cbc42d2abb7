// Icons, drawn here: lines of 1.6 on a field of 16. They are decoration; what they stand beside says what they mean.

const paths = {
  cross: "M4 4l8 8M12 4l-8 8",
  check: "M3 8.5l3.2 3.2L13 4.8",
  copy: "M6 6h7v7H6zM3 10V3h7",
  more: "M8 3.5v.01M8 8v.01M8 12.5v.01",
  plus: "M8 3v10M3 8h10",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.4 10.4L14 14",
  key: "M9.8 9.2a3.4 3.4 0 1 0-3-3L2 11v3h3v-1.8h1.8V10.4z",
  people:
    "M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.8 13.2c.4-2.4 2-3.7 4.2-3.7s3.8 1.3 4.2 3.7M10.8 7.8a2.2 2.2 0 1 0-.6-4.2M11.5 9.7c1.5.2 2.5 1.3 2.8 3.2",
  person: "M8 8a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM3 13.6c.5-2.6 2.4-4 5-4s4.5 1.4 5 4",
  chart: "M2.5 13.5h11M4.5 11V7.5M8 11V3.5M11.5 11V6",
  list: "M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4v.01M2.5 8v.01M2.5 12v.01",
  alert: "M8 2.5l6 10.8H2zM8 6.6v3M8 11.5v.01",
  gear: "M8 10.2a2.2 2.2 0 1 0 0-4.4 2.2 2.2 0 0 0 0 4.4zM8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6L5 5M11 11l1.4 1.4M12.4 3.6L11 5M5 11l-1.4 1.4",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  out: "M9 3h4v4M13 3L7.5 8.5M11 9v4H3V5h4",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  offline: "M2 2l12 12M5 10.2a4.3 4.3 0 0 1 6 0M2.6 7.4a8 8 0 0 1 3-1.9M13.4 7.4A8 8 0 0 0 8.4 5M8 13v.01",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
