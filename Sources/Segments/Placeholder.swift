public let segmentsPlaceholder = 0
