import Testing

@testable import Server

@Suite struct GeneratorCommandTests {
    @Test("Options are read in both forms, and have the documented defaults")
    func readsOptions() throws {
        let arguments = try GenerateArguments([
            "--rows", "20k", "--days=3", "--seed", "18446744073709551615", "--late", "0.5",
            "--duplicates=1", "--poison", "0.0001", "--stream", "ledger", "--base", "2028-02-29",
            "--out", "a", "--truth", "b", "--format", "ndjson",
        ])
        #expect(arguments.options.rows == 20_000)
        #expect(arguments.options.days == 3)
        #expect(arguments.options.seed == .max)
        #expect(arguments.options.late.partsPerMillion == 5_000)
        #expect(arguments.options.duplicates.partsPerMillion == 10_000)
        #expect(arguments.options.poison.partsPerMillion == 1)
        #expect(arguments.options.base == CivilDate(year: 2028, month: 2, day: 29))
        #expect(arguments.outputPath == "a" && arguments.truthPath == "b")
        #expect(try GenerateArguments([]).options == GeneratorOptions())
    }

    @Test(
        "A wrong option is refused by its name",
        arguments: [
            ["--rows", "0"], ["--rows", "many"], ["--rows", "9223372036854775807M"],
            ["--rows", "-1"], ["--days", "4000"], ["--days", ""], ["--seed", "-1"],
            ["--seed", "18446744073709551616"], ["--late", "51"], ["--late", "1e1"],
            ["--late", "."], ["--late", "0.00001"], ["--poison", "99999999999999999999"],
            ["--stream", "orders"], ["--format", "csv"], ["--base", "2026-02-29"],
            ["--base", "26-1-1"], ["--out", ""], ["--truth", "-"],
        ])
    func refusesOptions(arguments: [String]) {
        #expect {
            _ = try GenerateArguments(arguments)
        } throws: { error in
            guard case .option(let name, _, let expected)? = error as? GeneratorError else {
                return false
            }
            return name == arguments[0] && !expected.isEmpty
        }
    }

    @Test("An unknown option names the nearest, a missing value its option")
    func unknownOptions() {
        #expect(throws: GeneratorError.unknownOption("--duplicate", hint: "--duplicates")) {
            _ = try GenerateArguments(["--duplicate", "1"])
        }
        #expect(throws: GeneratorError.unknownOption("rows", hint: "--rows")) {
            _ = try GenerateArguments(["rows"])
        }
        #expect(throws: GeneratorError.unknownOption("ledger.ndjson", hint: nil)) {
            _ = try GenerateArguments(["ledger.ndjson"])
        }
        #expect(throws: GeneratorError.missingValue(option: "--rows")) {
            _ = try GenerateArguments(["--rows"])
        }
        #expect(throws: GeneratorError.self) {
            _ = try GenerateArguments(["--stream", "stock", "--corrections", "1"])
        }
    }

    @Test("Usage errors end with 2, files that cannot be written with 1")
    func exitCodes() {
        #expect(GenerateCommand.run(arguments: ["--rows", "x"]) == 2)
        #expect(GenerateCommand.run(arguments: ["--rows", "1", "--out", "/nowhere/at/all"]) == 1)
    }

    @Test("Every day from 2000 to 2199 is its own number and back")
    func civilDates() {
        let first = CivilDate(year: 2000, month: 1, day: 1).daysSince1970
        #expect(first == 10_957)
        var previous = CivilDate(daysSince1970: first - 1)
        for days in first..<(first + 73_049) {
            let date = CivilDate(daysSince1970: days)
            #expect(date.daysSince1970 == days)
            #expect(date != previous && CivilDate(date.description) == date)
            previous = date
        }
        #expect(previous == CivilDate(year: 2199, month: 12, day: 31))
    }

    @Test("A percentage is written as it was read")
    func percentages() {
        for text in ["0", "2", "0.5", "0.0001", "49.9999", "50"] {
            #expect(Share(percent: text)?.description == text)
        }
    }
}
