import Segments

/// CREATE ENDPOINT, DROP ENDPOINT and SHOW ENDPOINTS.
extension Binder {
    /// CREATE ENDPOINT: bound once with its defaults, or with values of the right types, so that an
    /// endpoint works when it is made.
    func createEndpoint(_ statement: Syntax.CreateEndpoint) throws(QueryError) -> BoundStatement {
        var parameters: [Endpoint.Parameter] = []
        for declared in statement.parameters {
            let parameter = try self.parameter(declared)
            guard !parameters.contains(where: { $0.name == parameter.name }) else {
                throw QueryError(
                    .invalidArgument, "parameter \"\(parameter.name)\" is declared twice",
                    at: declared.name.range)
            }
            parameters.append(parameter)
        }
        try check(statement.uses, of: statement, parameters)
        let endpoint = Endpoint(
            name: statement.name.name, parameters: parameters, sql: statement.text)
        do throws(SchemaError) { try endpoint.validate() } catch {
            throw QueryError(.invalidArgument, error.message, at: statement.name.range)
        }
        var sampled = options
        sampled.parameters = []
        sampled.namedParameters = [:]
        for parameter in parameters {
            sampled.namedParameters[parameter.name] = ParameterValue(
                value: parameter.defaultValue ?? parameter.type.sample, type: parameter.type)
        }
        _ = try Binder(catalog: catalog, options: sampled).query(statement.query)
        return .createEndpoint(
            endpoint, isReplacing: statement.isReplacing, ifNotExists: statement.ifNotExists)
    }

    private func parameter(
        _ declared: Syntax.EndpointParameter
    ) throws(QueryError) -> Endpoint.Parameter {
        let type = try Binder.type(declared.type)
        switch type {
        case .json, .array:
            throw QueryError(
                .unsupported, "a parameter is no \(type)", at: declared.type.range,
                hint: "parameters come as text: take a VARCHAR apart in the query")
        default: break
        }
        var parameter = Endpoint.Parameter(name: declared.name.name, type: type)
        if let expression = declared.defaultValue {
            let constant = try constant(expression)
            parameter.defaultValue = try stored(
                constant, in: declared.name.name, type, at: expression.range)
        }
        return parameter
    }

    /// Every parameter that is used is declared, and the other way round.
    private func check(
        _ uses: [Syntax.Parameter], of statement: Syntax.CreateEndpoint,
        _ parameters: [Endpoint.Parameter]
    ) throws(QueryError) {
        var used: Set<String> = []
        for use in uses {
            guard case .name(let name) = use.key else {
                throw QueryError(
                    .parameter, "an endpoint's parameters have names", at: use.range,
                    hint: "write :name, and declare it: CREATE ENDPOINT \(statement.name.name) "
                        + "(name VARCHAR) AS ...")
            }
            guard parameters.contains(where: { $0.name == name }) else {
                let meant = Spelling.nearest(to: name, among: parameters.map(\.name))
                throw QueryError(
                    .parameter, "parameter :\(name) is not declared", at: use.range,
                    hint: meant.map { "did you mean :\($0)?" }
                        ?? "declare it behind the endpoint's name: (\(name) VARCHAR)")
            }
            used.insert(name)
        }
        for declared in statement.parameters where !used.contains(declared.name.name) {
            throw QueryError(
                .parameter, "parameter \"\(declared.name.name)\" is not used",
                at: declared.name.range, hint: "write :\(declared.name.name) in the query")
        }
    }

    /// DROP ENDPOINT.
    func dropEndpoint(
        _ name: Syntax.Identifier, ifExists: Bool
    ) throws(QueryError) -> BoundStatement {
        if let endpoint = find(name.name, in: catalog.endpoints, \.name) {
            return .dropEndpoint(name: endpoint.name, ifExists: ifExists)
        }
        guard ifExists else {
            let meant = Spelling.nearest(to: name.name, among: catalog.endpoints.map(\.name))
            throw QueryError(
                .invalidArgument, "there is no endpoint \"\(name.name)\"", at: name.range,
                hint: meant.map { "did you mean \($0)?" } ?? "SHOW ENDPOINTS lists them")
        }
        return .dropEndpoint(name: name.name, ifExists: true)
    }

    /// SHOW ENDPOINTS: name and statement of each.
    func showEndpoints() -> BoundQuery {
        // Endpoints are no part of what a remembered binding is compared by.
        options.volatility.note()
        let endpoints = catalog.endpoints.sorted { $0.name < $1.name }
        return texts(
            ["endpoint_name", "create_endpoint"],
            endpoints.map { [$0.name, SchemaPrinter.createEndpoint($0)] })
    }
}

extension SchemaPrinter {
    /// The statement that makes an endpoint.
    public static func createEndpoint(_ endpoint: Endpoint) -> String {
        let parameters = endpoint.parameters.map { parameter in
            "\(name(parameter.name)) \(parameter.type)"
                + (parameter.defaultValue.map { " DEFAULT " + literal($0) } ?? "")
        }
        return "CREATE ENDPOINT \(name(endpoint.name))"
            + (parameters.isEmpty ? "" : " (\(parameters.joined(separator: ", ")))")
            + " AS\n\(endpoint.sql)"
    }
}

extension LogicalType {
    /// Some value, to check a statement with.
    fileprivate var sample: Value {
        switch self {
        case .boolean: .boolean(true)
        case .bigint: .bigint(1)
        case .double: .double(1)
        case .decimal(_, let scale): .decimal(Decimal(unscaled: 0, scale: scale))
        case .varchar: .varchar(Text(""))
        case .timestamp: .timestamp(0)
        case .date: .date(0)
        case .json, .array: .null
        }
    }
}
