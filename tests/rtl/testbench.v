// SPDX-License-Identifier: GPL-3.0-or-later
// Drives the macro clock by clock from a stimulus file and prints what its
// blocks hand over in each clock, columns that are not enabled as 0.  A line of
// the stimulus is one clock, the fields in hexadecimal, in the order read here.
// The merge mode is a layer's: +mode=M for teams of 2^M sub-macros.
module testbench;
    parameter P = 4;
    parameter R = 8;
    parameter C = 8;
    parameter BITS = 8;
    parameter INPUT_REGISTERS = 0;
    parameter REACH = 4;
    parameter SELECTS = 1;
    parameter BANKS = 1;

    localparam SUM = 32;
    localparam SELECT_BITS = (REACH > 1) ? $clog2(REACH) : 1;
    localparam ROUTE_BITS = (P > 1) ? $clog2(P) : 1;
    localparam COPY_BITS = (SELECTS > 1) ? $clog2(SELECTS) : 1;
    localparam BANK_BITS = (BANKS > 1) ? $clog2(BANKS) : 1;
    localparam MODE_BITS = 3;

    reg                                clock = 0;
    reg  [MODE_BITS-1:0]               mode;
    reg  [C-1:0]                       load;
    reg  [BANK_BITS-1:0]               load_bank;
    reg  [P*R*8-1:0]                   load_words;
    reg  [P*R-1:0]                     load_metadata;
    reg                                valid;
    reg  [BANK_BITS-1:0]               bank;
    reg  [P*C-1:0]                     enable;
    reg  [C*COPY_BITS-1:0]             copy;
    reg  [R*P*REACH*16-1:0]            pairs;
    reg  [R*SELECTS*P*SELECT_BITS-1:0] select;
    reg  [R*P*ROUTE_BITS-1:0]          route;

    wire                 tree_valid, pass_valid, buffered_valid, merged_valid;
    wire [P*C-1:0]       tree_enable, pass_enable, buffered_enable;
    wire [P*C-1:0]       merged_enable;
    wire [P*C*SUM-1:0]   tree_sums, pass_sums, buffered_sums, merged_sums;

    macro #(.P(P), .R(R), .C(C), .BITS(BITS),
            .INPUT_REGISTERS(INPUT_REGISTERS), .REACH(REACH),
            .SELECTS(SELECTS), .BANKS(BANKS), .SUM(SUM),
            .MODE_BITS(MODE_BITS)) dut (
        .clock(clock), .mode(mode), .load(load), .load_bank(load_bank),
        .load_words(load_words), .load_metadata(load_metadata),
        .valid(valid), .bank(bank), .enable(enable), .copy(copy),
        .pairs(pairs), .select(select), .route(route),
        .tree_valid(tree_valid), .tree_enable(tree_enable),
        .tree_sums(tree_sums), .pass_valid(pass_valid),
        .pass_enable(pass_enable), .pass_sums(pass_sums),
        .buffered_valid(buffered_valid), .buffered_enable(buffered_enable),
        .buffered_sums(buffered_sums), .merged_valid(merged_valid),
        .merged_enable(merged_enable), .merged_sums(merged_sums));

    integer stimulus, fields, number, i;

    task show(input [8*8-1:0] what, input [P*C-1:0] columns, input integer lanes,
              input [P*C*SUM-1:0] sums);
        begin
            $write("%0d %0s", number, what);
            for (i = 0; i < lanes * C; i = i + 1)
                $write(" %0d", columns[i] ? $signed(sums[i*SUM +: SUM]) : 0);
            $write("\n");
        end
    endtask

    initial begin
        if (!$value$plusargs("mode=%d", mode))
            mode = $clog2(P);
        stimulus = $fopen("stimulus", "r");
        number = 0;
        fields = 11;
        while (fields == 11) begin
            fields = $fscanf(stimulus, "%h %h %h %h %h %h %h %h %h %h %h",
                             load, load_bank, load_words, load_metadata, valid,
                             bank, enable, copy, pairs, select, route);
            if (fields == 11) begin
                #4;
                if (tree_valid) show("tree", tree_enable, P, tree_sums);
                if (BITS < 8 && pass_valid)
                    show("pass", pass_enable, P, pass_sums);
                if (buffered_valid)
                    show("buffered", buffered_enable, P, buffered_sums);
                if (merged_valid)
                    show("merged", merged_enable, P >> mode, merged_sums);
                #1 clock = 1;
                #5 clock = 0;
                number = number + 1;
            end
        end
        $finish;
    end
endmodule
