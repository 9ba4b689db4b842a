// What the page itself says, before and after the program speaks.

const WORDS = {
  en: {
    loading: "Loading the program",
    starting: "Starting",
    notLoaded: "The program could not be loaded.",
    notStarted: "The program could not start.",
    panicked: "The program hit an error of its own and stopped. Reloading starts the run again.",
    noWasm: "This page needs WebAssembly, which this browser doesn't have or has switched off. Any current Chrome, Edge, Firefox or Safari has it.",
    noSimd: "This page needs WebAssembly with SIMD: Chrome or Edge 91, Firefox 89, Safari 16.4, or newer.",
    noWebGl: "This page draws with WebGL 2, which this browser doesn't have or has switched off (perhaps hardware acceleration is off in its settings).",
    reload: "Reload",
    reloadFresh: "Reload with default settings",
  },
  zh: {
    loading: "正在加载程序",
    starting: "正在启动",
    notLoaded: "程序无法加载。",
    notStarted: "程序无法启动。",
    panicked: "程序内部出错，已停止。重新加载会重新开始训练。",
    noWasm: "本页面需要 WebAssembly，但此浏览器不支持或已将其关闭。请使用新版 Chrome、Edge、Firefox 或 Safari。",
    noSimd: "本页面需要支持 SIMD 的 WebAssembly：Chrome 或 Edge 91、Firefox 89、Safari 16.4 及以上版本。",
    noWebGl: "本页面使用 WebGL 2 绘图，但此浏览器不支持或已将其关闭（请检查设置中的硬件加速）。",
    reload: "重新加载",
    reloadFresh: "以默认设置重新加载",
  },
};

const browserLanguage = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
document.documentElement.lang = browserLanguage === "zh" ? "zh-Hans" : "en";

/** The words in the page's language: the browser's, until the program sets another on the root element. */
export function words() {
  return document.documentElement.lang.startsWith("zh") ? WORDS.zh : WORDS.en;
}
