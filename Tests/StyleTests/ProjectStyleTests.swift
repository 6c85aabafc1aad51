import Testing

/// The rules of the house, applied to every file of the project.
@Suite("The project keeps its style")
struct ProjectStyleTests {
    private let repository = Repository.current

    /// Reports each finding on its own, with its place and its way out.
    private func expectNone(
        _ findings: [Finding], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for finding in findings {
            Issue.record("\(finding)", sourceLocation: sourceLocation)
        }
    }

    @Test("The tests see the sources")
    func seesSources() {
        #expect(repository.exists("Package.swift"))
        #expect(repository.sources.count > 5)
    }

    @Test("Imports follow the module graph, and C libraries have one door")
    func imports() {
        expectNone(repository.swiftFiles.flatMap(ImportRules.findings))
    }

    @Test("The word unsafe stands only in listed files, each time after its reason")
    func unsafeUses() {
        let listed = Set(UnsafeFiles.reasons.keys)
        expectNone(
            repository.swiftFiles.flatMap { UnsafeRules.findings(in: $0, listed: listed) })
        expectNone(
            UnsafeRules.staleEntries(listed: UnsafeFiles.reasons, files: repository.swiftFiles))
    }

    @Test("Files, functions and lines fit a reader")
    func lengths() {
        expectNone(repository.swiftFiles.flatMap(LengthRules.findings))
    }

    @Test("Nothing forbidden is in the code")
    func forbidden() {
        expectNone(repository.swiftFiles.flatMap(ForbiddenRules.findings))
        for path in ["Package.swift", "daybook", "Makefile", ".ci/run"] {
            let text = repository.text(of: path) ?? ""
            #expect(!text.isEmpty, "\(path) is missing")
            expectNone(ForbiddenRules.flagFindings(path: path, text: text))
        }
    }

    @Test("Type names say what a thing is")
    func names() {
        expectNone(repository.sources.flatMap(NameRules.findings))
    }

    @Test("Every source file opens with a sentence")
    func openings() {
        expectNone(repository.sources.flatMap(NameRules.openingFindings))
    }

    @Test("Every link of a page leads somewhere, and every page is linked")
    func documents() {
        expectNone(
            repository.documents.flatMap { path, text in
                DocumentRules.brokenLinks(path: path, text: text, exists: repository.exists)
            })
        expectNone(DocumentRules.unlinkedPages(documents: repository.documents))
    }

    @Test("Every error code is explained")
    func errorCodes() {
        let page = repository.text(of: "docs/errors.md") ?? ""
        expectNone(
            repository.sources.flatMap { DocumentRules.undocumentedCodes(in: $0, page: page) })
    }

    @Test("The scripts can be run")
    func scripts() {
        #expect(repository.isExecutable("daybook"))
        #expect(repository.isExecutable(".ci/run"))
    }

    @Test("The glossary explains every word of the vocabulary")
    func glossary() {
        expectNone(DocumentRules.missingWords(in: repository.text(of: "docs/glossary.md") ?? ""))
    }
}
