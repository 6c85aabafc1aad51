import CEdit
import Glibc

/// Reads lines that a person types on the terminal, with editing, history and completion by
/// libedit; keys can be changed in `~/.editrc`.
///
/// Not for two threads at a time, and one at a time in a process: it owns the terminal.
@safe final class LineEditor {
    /// What was typed.
    enum Line: Equatable {
        /// Without its end.
        case text(String)
        /// Ctrl-C.
        case interrupted
        /// Ctrl-D on an empty line, or the input's end.
        case end
    }

    private let editor: OpaquePointer
    private let history: OpaquePointer
    private let keys: LineEditorKeys

    /// Lines that are remembered.
    private static let historyCount = 1_000

    /// - Parameter complete: Asked when Tab is typed, with the line up to the cursor.
    init(complete: @escaping (_ before: String) -> Completion) throws(CommandError) {
        Self.chooseCharacters()
        keys = LineEditorKeys(complete)
        // SAFETY: all of it lives until `deinit`, `keys` longer than the editor that points to it.
        let owner = unsafe Unmanaged.passUnretained(keys).toOpaque()
        guard let history = unsafe daybook_history_open(Int32(Self.historyCount)),
            let editor = unsafe daybook_edit_open(owner, LineEditorKeys.prompt, history)
        else { throw CommandError("there is no memory for a prompt", .system) }
        unsafe self.history = history
        unsafe self.editor = editor
        unsafe el_source(editor, nil)
        unsafe daybook_edit_bind(
            editor, "^I", "daybook-complete", LineEditorKeys.completeWord)
        unsafe daybook_edit_bind(editor, "^C", "daybook-interrupt", LineEditorKeys.interrupt)
    }

    deinit {
        // SAFETY: made by `init`, and nobody else has them.
        unsafe el_end(editor)
        unsafe history_end(history)
    }

    /// Texts in UTF-8 whatever the environment says: columns and names are.
    private static func chooseCharacters() {
        // SAFETY: called before other threads ask for the locale; the answers are read at once.
        let found = unsafe setlocale(LC_CTYPE, "")
        let codes = unsafe nl_langinfo(nl_item(CODESET))
        if unsafe found == nil || codes.map({ unsafe String(cString: $0) }) != "UTF-8" {
            unsafe setlocale(LC_CTYPE, "C.UTF-8")
        }
    }

    /// Waits for a line.
    func readLine(prompt: String) -> Line {
        keys.show(prompt)
        var count: Int32 = 0
        // SAFETY: libedit's buffer is copied before the next call.
        guard let line = unsafe el_gets(editor, &count), count > 0 else {
            return keys.takeInterrupt() ? .interrupted : .end
        }
        let text = unsafe String(cString: line)
        return .text(text.last?.isNewline == true ? String(text.dropLast()) : text)
    }

    /// Makes a text the latest one that the arrow keys find. Line ends become blanks.
    func remember(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ")
        guard !line.isEmpty else { return }
        // SAFETY: the text is copied by the call.
        unsafe daybook_history_add(history, line)
    }

    /// Remembers what an earlier prompt saved; nothing where there is no such file.
    func load(_ path: String) {
        // SAFETY: the path is read during the call.
        _ = unsafe daybook_history_load(history, path)
    }

    /// - Returns: Whether the lines could be written.
    func save(_ path: String) -> Bool {
        // SAFETY: the path is read during the call.
        unsafe daybook_history_save(history, path) >= 0
    }
}

/// What libedit's keys call.
@safe private final class LineEditorKeys {
    private let complete: (String) -> Completion
    /// The prompt as libedit wants it; ends with a zero.
    private var shown: UnsafeMutablePointer<CChar>?
    private var wasInterrupted = false

    /// Columns of a list of words where the terminal does not say how wide it is.
    private static let standardWidth = 80
    /// More words than these are counted, not shown.
    private static let listCount = 200

    init(_ complete: @escaping (String) -> Completion) { self.complete = complete }

    deinit {
        // SAFETY: a copy that `show` made.
        unsafe free(shown)
    }

    func show(_ prompt: String) {
        // SAFETY: libedit asks for the prompt anew with every line, and none is being read.
        unsafe free(shown)
        unsafe shown = strdup(prompt)
    }

    func takeInterrupt() -> Bool {
        defer { wasInterrupted = false }
        return wasInterrupted
    }

    private static func owner(_ editor: OpaquePointer?) -> LineEditorKeys? {
        // SAFETY: the client data is the object that `LineEditor` keeps as long as the editor.
        guard let editor = unsafe editor, let owner = unsafe daybook_edit_owner(editor) else {
            return nil
        }
        return unsafe Unmanaged<LineEditorKeys>.fromOpaque(owner).takeUnretainedValue()
    }

    static let prompt: daybook_edit_prompt = { editor in
        unsafe owner(editor)?.shown
    }

    static let interrupt: daybook_edit_function = { editor, _ in
        unsafe owner(editor)?.wasInterrupted = true
        return UInt8(CC_EOF)
    }

    static let completeWord: daybook_edit_function = { editor, _ in
        guard let editor = unsafe editor, let keys = unsafe owner(editor) else {
            return UInt8(CC_ERROR)
        }
        return unsafe keys.completeWord(editor)
    }

    private func completeWord(_ editor: OpaquePointer) -> UInt8 {
        // SAFETY: the line's parts belong to one buffer, copied before anything changes it.
        guard let line = unsafe el_line(editor)?.pointee, let first = unsafe line.buffer,
            let cursor = unsafe line.cursor
        else { return UInt8(CC_ERROR) }
        let bytes = unsafe UnsafeRawBufferPointer(start: first, count: cursor - first)
        let before = unsafe String(decoding: bytes, as: UTF8.self)
        let completion = complete(before)
        guard let addition = completion.replacement else { return UInt8(CC_REFRESH_BEEP) }
        if addition != completion.typed {
            unsafe el_deletestr(editor, Int32(completion.typed.unicodeScalars.count))
            unsafe el_insertstr(editor, addition)
            return UInt8(CC_REFRESH)
        }
        list(completion.words)
        return UInt8(CC_REDISPLAY)
    }

    private func list(_ words: [String]) {
        var size = winsize()
        // SAFETY: the call writes the local structure alone.
        let isKnown = unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        let width = isKnown ? Int(size.ws_col) : Self.standardWidth
        var text = "\n" + Completion.table(words.prefix(Self.listCount), width: width)
        if words.count > Self.listCount { text += "and \(words.count - Self.listCount) more\n" }
        Terminal.write(text)
    }
}
