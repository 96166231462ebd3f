// The default theme without its web font: pages look the same offline, and ask nobody for anything.
import theme from "vitepress/theme-without-fonts";

export default theme;
